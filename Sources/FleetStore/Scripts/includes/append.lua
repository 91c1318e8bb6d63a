-- append(lane, record): puts a job at the end of its lane. True if the lane was idle: then its head is this job, and
-- the caller must make it ready (place) or park it.
--   head      hash  lane -> the job whose turn it is; it stays there while it runs, so claim and reap move no payload
--   rest:LANE list  the jobs behind the head; exists for lanes of two and more
--   more      hash  lane -> length of its rest
local function append(lane, record)
    if redis.call('HSETNX', headKey, lane, record) == 1 then return true end
    redis.call('RPUSH', ns .. 'rest:' .. lane, record)
    redis.call('HINCRBY', moreKey, lane, 1)
    return false
end

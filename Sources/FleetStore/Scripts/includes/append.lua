-- append(lane, record, ready): puts a job at the end of its lane. True if the lane was idle: then its head is this job,
-- and the caller must make it ready (place) or park it. A job of higher priority than all before it lifts its lane,
-- which then is gathered in `ready`.
--   head      hash  lane -> the job whose turn it is; it stays there while it runs, so claim and reap move no payload
--   rest:LANE list  the jobs behind the head; exists for lanes of two and more
--   more      hash  lane -> length of its rest
-- @include "soundly"
-- @include "standing"
local function append(lane, record, ready)
    if redis.call('HSETNX', headKey, lane, record) == 1 then return true end
    soundly('RPUSH', ns .. 'rest:' .. lane, record)
    joined(lane, priorityOf(record), redis.call('HINCRBY', moreKey, lane, 1), ready)
    return false
end

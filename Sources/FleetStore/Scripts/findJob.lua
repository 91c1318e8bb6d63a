-- findJob: looks for a waiting job by its id, a step at a time.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] tenant · [3] job id · [4] cursor, '0' to begin · [5] lanes to look through
-- Returns  { next cursor ('0': that was all), lane or '' }; the lane where it waits or runs
-- Cost     1 us a lane, more for long ones (at most 1,000 jobs of each are read)
-- @include "queueKeys"
-- @include "record"
local tenant, id = ARGV[2], ARGV[3]
local waitingAtMost = 1000

local function isIt(record) return (tailOf(record)) == id end

local step = redis.call('HSCAN', headKey, ARGV[4], 'MATCH', tenant .. ':*', 'COUNT', ARGV[5])
for index = 1, #step[2], 2 do
    local lane = step[2][index]
    if isIt(step[2][index + 1]) then return { step[1], lane } end
    if redis.call('HEXISTS', moreKey, lane) == 1 then
        for _, record in ipairs(redis.call('LRANGE', ns .. 'rest:' .. lane, 0, waitingAtMost - 1)) do
            if isIt(record) then return { step[1], lane } end
        end
    end
end
return { step[1], '' }

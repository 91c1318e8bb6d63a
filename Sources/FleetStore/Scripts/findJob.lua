-- findJob: looks for a waiting job by its id, a step at a time: first among the lanes, then among the syncs whose
-- not_before has not come.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] tenant · [3] job id
-- ARGV[4]  where to go on, 'h0' to begin · [5] entries to look through
-- Returns  { where to go on ('' if that was all), lane or '' }; the lane where it waits or runs
-- Cost     1 us an entry, more for long lanes (at most 1,000 jobs of each are read)
-- @include "queueKeys"
-- @include "record"
-- @include "standsIn"
local tenant, id, place, count = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local phase, cursor = string.sub(place, 1, 1), string.sub(place, 2)

local function laneAmongLines(found)
    for index = 1, #found, 2 do
        if standsIn(found[index], found[index + 1], id) then return found[index] end
    end
    return ''
end

local function laneAmongLater(found)
    for index = 1, #found, 2 do
        local lane, key = string.match(found[index], '^j([^\n]*)\n(.*)$')
        local record = redis.call('HGET', ns .. 'later:' .. lane, key)
        if record and isOf(record, id) then return lane end
    end
    return ''
end

if phase == 'h' then
    local step = redis.call('HSCAN', headKey, cursor, 'MATCH', tenant .. ':*', 'COUNT', count)
    return { step[1] == '0' and 'd0' or 'h' .. step[1], laneAmongLines(step[2]) }
end
local step = redis.call('ZSCAN', dueKey, cursor, 'MATCH', 'j' .. tenant .. ':*', 'COUNT', count)
return { step[1] == '0' and '' or 'd' .. step[1], laneAmongLater(step[2]) }

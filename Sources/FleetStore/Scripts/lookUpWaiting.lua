-- lookUpWaiting: whether a job waits or runs in one of these lanes. For ids that the indexes know no more: a job may
-- wait for longer than they remember.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] job id · then lanes, some hundreds
-- Returns  '1' it stands in one of them · '0'
-- Cost     2 us a lane, more for long ones (at most 1,000 jobs of each are read)
-- @include "queueKeys"
-- @include "record"
-- @include "standsIn"
local id = ARGV[2]

local function isLater(lane)
    for _, record in ipairs(redis.call('HVALS', ns .. 'later:' .. lane)) do
        if isOf(record, id) then return true end
    end
    return false
end

for index = 3, #ARGV do
    local lane = ARGV[index]
    local head = redis.call('HGET', headKey, lane)
    if head and standsIn(lane, head, id) or isLater(lane) then return '1' end
end
return '0'

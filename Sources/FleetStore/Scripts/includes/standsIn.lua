-- Looking for a job by its id among those of a lane.
local waitingAtMost = 1000

local function isOf(record, id) return (tailOf(record)) == id end

-- Whether it is the head of the lane, or behind it.
local function standsIn(lane, head, id)
    if isOf(head, id) then return true end
    if redis.call('HEXISTS', moreKey, lane) == 0 then return false end
    for _, record in ipairs(redis.call('LRANGE', ns .. 'rest:' .. lane, 0, waitingAtMost - 1)) do
        if isOf(record, id) then return true end
    end
    return false
end

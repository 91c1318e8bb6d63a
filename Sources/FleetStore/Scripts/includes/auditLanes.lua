-- auditLanes(count): looks at `count` lanes and tenants at random and puts those back that stand nowhere: a lane with a
-- head that is in no ring, not parked and not leased would wait for ever. No script leaves one behind; a key that was
-- overwritten or deleted by hand does. Returns how many lanes it put back.
--
-- Chance finds each of the few that remain when a fleet is idle at once, and costs the same whatever waits. Whether a
-- lane stands in a list is looked up only in its first `searchedAtMost` entries: in a longer list it counts as there,
-- until the list has become shorter.
-- @include "place"
-- @include "soundly"
-- @include "standing"
-- @include "wakeDue"
local searchedAtMost = 10000
local ringsReadAtMost = 1000

local function standsIn(list, lane)
    if soundly('LPOS', list, lane, 'MAXLEN', searchedAtMost) then return true end
    return redis.call('LLEN', list) > searchedAtMost
end

-- Those of the lanes that nobody holds a lease of.
local function unleased(lanes)
    for _, owner in ipairs(redis.call('ZRANGE', ownersKey, 0, -1)) do
        if #lanes == 0 then return lanes end
        local left = {}
        for index, lease in ipairs(soundly('HMGET', ns .. 'w:' .. owner, unpack(lanes))) do
            if not lease then left[#left + 1] = lanes[index] end
        end
        lanes = left
    end
    return lanes
end

local function isParked(lane)
    for _, time in ipairs(redis.call('ZMSCORE', dueKey, 'lh' .. lane, 'ln' .. lane, 'll' .. lane)) do
        if time then return true end
    end
    return false
end

-- Tenants with a mark but without a ticket, which nobody would ever come to.
local function auditTenants(count)
    for _, mark in ipairs(redis.call('SRANDMEMBER', tickKey, count)) do
        local ringKey = ringKeys[string.sub(mark, 1, 1)]
        if not redis.call('ZSCORE', dueKey, 't' .. mark) and redis.call('LLEN', ringKey) <= ringsReadAtMost then
            local found = false
            for _, lane in ipairs(redis.call('LRANGE', ringKey, 0, -1)) do
                found = found or tenantOf(lane) == string.sub(mark, 2)
            end
            if not found then wakeTenant(mark) end
        end
    end
end

local function auditLanes(count)
    if redis.call('EXISTS', headKey) == 0 then return 0 end
    auditTenants(count)
    local ready, lost = {}, 0
    for _, lane in ipairs(unleased(redis.call('HRANDFIELD', headKey, count))) do
        if not isParked(lane) then
            local priority = standingOf(lane, priorityOf(redis.call('HGET', headKey, lane)))
            local mark = priority .. tenantOf(lane)
            if standsIn(ringKeys[priority], lane) then
                redis.call('SADD', tickKey, mark) -- a ticket without its mark would be given a second one
            elseif not standsIn(ns .. 'ready:' .. mark, lane) then
                lost = lost + 1
                gather(ready, lane, priority)
            end
        end
    end
    placeAll(ready)
    if lost > 0 then ring() end
    return lost
end

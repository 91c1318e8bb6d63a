-- Which resources of a tenant a calendar id means: zset cal:TENANT, members "calendar SP resource", all scores 0. A
-- connect enters what it asks for when it is taken in, so that a sync by calendar behind it finds its line; the record
-- of the connection then holds its own two names (asked for, real) there, until a disconnect.
-- @include "connection"
-- @include "record"
-- @include "soundly"
local waitingConnectsAtMost = 128

local function tenantAndResource(lane)
    return string.match(lane, '^([^:]*):(.*)$')
end

local function indexCalendar(lane, calendar)
    local tenant, resource = tenantAndResource(lane)
    soundly('ZADD', ns .. 'cal:' .. tenant, 0, calendar .. ' ' .. resource)
end

-- The lanes of a calendar: none, one, or two (meaning several).
local function lanesOfCalendar(tenant, calendar)
    local first, beyond = '[' .. calendar .. ' ', '(' .. calendar .. '!'
    local found = soundly('ZRANGEBYLEX', ns .. 'cal:' .. tenant, first, beyond, 'LIMIT', 0, 2)
    for index, member in ipairs(found) do
        found[index] = tenant .. ':' .. string.sub(member, #calendar + 2)
    end
    return found
end

-- Keeps exactly the names that `record` (the connection's, or false) and the connects that wait behind it stand for;
-- `earlier` lists names that may have to go.
local function reindexCalendars(lane, record, earlier)
    local keep = {}
    if record then
        local requested, real = connectionLine(record)
        keep[requested] = true
        keep[real] = true
    end
    if redis.call('HEXISTS', moreKey, lane) == 1 then
        for _, waiting in ipairs(soundly('LRANGE', ns .. 'rest:' .. lane, 0, waitingConnectsAtMost - 1)) do
            if kindOf(waiting) == 'c' then
                local _, requested = tailOf(waiting)
                keep[requested] = true
            end
        end
    end
    local tenant, resource = tenantAndResource(lane)
    for _, calendar in ipairs(earlier) do
        if calendar ~= '' and not keep[calendar] then
            soundly('ZREM', ns .. 'cal:' .. tenant, calendar .. ' ' .. resource)
        end
    end
    for calendar in pairs(keep) do
        if calendar ~= '' then indexCalendar(lane, calendar) end
    end
end

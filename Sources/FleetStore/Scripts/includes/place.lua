-- place(priority, lanes): makes lanes ready, each of which has a head and stands nowhere else.
--
-- The ring of a priority holds one ticket per ready tenant: the name of one of its ready lanes. Further ready lanes of
-- the tenant wait in its own list. `tick` says which tenants hold a ticket (or are held back, see claimJobs). So a turn
-- costs the same with ten tenants and with a million, and a lane alone with its tenant needs no key of its own.
--
--   ring:n          [ acme:room-1, zeta:dr-b ]            tick { nacme, nzeta }
--   ready:nacme     [ acme:room-2, acme:room-7 ]
-- @include "pieces"
-- @include "soundly"
local function tenantOf(lane) return string.match(lane, '^[^:]*') end

local function place(priority, lanes)
    eachPiece(lanes, 1000, function(first, last)
        local marks = {}
        for index = first, last do
            marks[index - first + 1] = priority .. tenantOf(lanes[index])
        end
        local known = redis.call('SMISMEMBER', tickKey, unpack(marks))
        local tickets, fresh, freshCount = {}, {}, 0
        local further
        for offset, mark in ipairs(marks) do
            local lane = lanes[first + offset - 1]
            if known[offset] == 1 or fresh[mark] then
                further = further or {}
                local list = further[mark]
                if list then list[#list + 1] = lane else further[mark] = { lane } end
            else
                fresh[mark] = true
                freshCount = freshCount + 1
                tickets[freshCount] = lane
                marks[freshCount] = mark -- never overtakes `offset`, so nothing unread is overwritten
            end
        end
        if freshCount > 0 then
            redis.call('SADD', tickKey, unpack(marks, 1, freshCount))
            redis.call('RPUSH', ringKeys[priority], unpack(tickets))
        end
        if further then
            for mark, list in pairs(further) do soundly('RPUSH', ns .. 'ready:' .. mark, unpack(list)) end
        end
    end)
end

-- Lanes gathered by priority and placed in one go: gather(set, lane, priority) for each, then placeAll(set).
local function gather(set, lane, priority)
    local list = set[priority]
    if list then list[#list + 1] = lane else set[priority] = { lane } end
end

local function placeAll(set)
    if set.h then place('h', set.h) end
    if set.n then place('n', set.n) end
    if set.l then place('l', set.l) end
end

-- These tenants (priority + tenant) have no ready lane left in that ring: no mark, and no debt, any more.
local function leaveRing(marks)
    redis.call('SREM', tickKey, unpack(marks))
    if redis.call('EXISTS', debtKey) == 0 then return end
    for _, mark in ipairs(marks) do redis.call('HDEL', debtKey, string.sub(mark, 2)) end
end

-- Tells an idle worker (one, whichever) that there is more than the caller takes. One marker is enough: whoever takes
-- it looks for itself and leaves another if more is there.
local function ring()
    if redis.call('LLEN', wakeKey) == 0 then redis.call('LPUSH', wakeKey, '1') end
end

-- claimJobs(owner, limit, perTenant, allowance): leases up to `limit` jobs to the owner and returns
--   { fence ('' if none), next due ms ('' if nothing waits), then for each: lane, record, connection or false, riders
--   or
--     false }
--
-- A turn: wake what is due; pop as many tickets as jobs are wanted; each tenant gets an equal share of the batch, at
-- most `perTenant` and at most what `allowance` still grants it; a tenant with more lanes goes to the end of the ring.
-- Fair within a batch and between batches, in O(batch).
--
-- Priorities: high before normal before low, but no ring starves: of every 16 turns one begins with low and three with
-- normal. Held tenants (`held`: tenant -> until ms; paused, throttled) lose their ticket until then and keep their
-- place in `tick`.
-- @include "clock"
-- @include "nextFence"
-- @include "place"
-- @include "record"
-- @include "wakeDue"
local ridersAtMost = 64

local function orderOfRings(turn)
    local step = turn % 16
    if step == 7 then return { 'l', 'h', 'n' } end
    if step == 3 or step == 9 or step == 13 then return { 'n', 'h', 'l' } end
    return { 'h', 'n', 'l' }
end

-- Takes a held tenant out of the ring: its lane back to the front of its list, a time to come back.
local function holdBack(priority, tenant, lane, untilTime)
    redis.call('LPUSH', ns .. 'ready:' .. priority .. tenant, lane)
    redis.call('ZADD', dueKey, untilTime, 't' .. priority .. tenant)
end

-- Until when each of these tenants is held, or nil where none is.
local function holds(tickets)
    if redis.call('EXISTS', heldKey) == 0 then return nil end
    local tenants = {}
    for index, lane in ipairs(tickets) do tenants[index] = tenantOf(lane) end
    local untils = redis.call('HMGET', heldKey, unpack(tenants))
    for index, untilTime in ipairs(untils) do
        if untilTime and tonumber(untilTime) <= now then
            redis.call('HDEL', heldKey, tenants[index])
            untils[index] = false
        end
    end
    return untils
end

-- One pass over at most `want` tickets of a ring; lanes go to `lanes`. Returns how many it found.
local function draw(priority, want, perTenant, allowance, lanes)
    local tickets = redis.call('LPOP', ringKeys[priority], want)
    if not tickets then return 0 end
    local share = math.floor(want / #tickets)
    local held = holds(tickets)
    local back, done = {}, {}
    local found = 0
    for index, lane in ipairs(tickets) do
        local tenant = tenantOf(lane)
        local most = math.min(share, allowance[tenant] or perTenant)
        if held and held[index] then
            holdBack(priority, tenant, lane, held[index])
        elseif most <= 0 then
            back[#back + 1] = lane
        else
            lanes[#lanes + 1] = lane
            found = found + 1
            -- `most` names: all but the last run now, the last is the next ticket. Fewer: the tenant is done.
            local further = redis.call('LPOP', ns .. 'ready:' .. priority .. tenant, most) or {}
            local run = #further
            if run == most then
                back[#back + 1] = further[run]
                run = run - 1
            else
                done[#done + 1] = priority .. tenant
            end
            for position = 1, run do lanes[#lanes + 1] = further[position] end
            found = found + run
            allowance[tenant] = (allowance[tenant] or perTenant) - 1 - run
        end
    end
    if #back > 0 then redis.call('RPUSH', ringKeys[priority], unpack(back)) end
    if #done > 0 then redis.call('SREM', tickKey, unpack(done)) end
    return found
end

-- The headers of the waiting syncs that this head's run serves too: those right behind it, up to the first that can't
-- ride.
local function ridersBehind(lane, record)
    if kindOf(record) ~= 's' then return false end
    local full = ridesOf(record) == 'f'
    local riders = {}
    for _, waiting in ipairs(redis.call('LRANGE', ns .. 'rest:' .. lane, 0, ridersAtMost - 1)) do
        local rides = ridesOf(waiting)
        if rides ~= 'r' and not (full and rides == 'f') then break end
        riders[#riders + 1] = headerOf(waiting)
    end
    return #riders > 0 and riders or false
end

-- HMGET that costs next to nothing where the hash doesn't exist.
local function fieldsOf(key, lanes)
    return redis.call('EXISTS', key) == 1 and redis.call('HMGET', key, unpack(lanes)) or {}
end

-- Leases these lanes and appends lane, record, connection, riders of each to `answer`.
local function lease(owner, fence, lanes, answer)
    local records = redis.call('HMGET', headKey, unpack(lanes))
    local connections = fieldsOf(connectionKey, lanes)
    local more = fieldsOf(moreKey, lanes)
    local entries = {}
    local at, entry = #answer, 0
    for index, lane in ipairs(lanes) do
        local record = records[index]
        if record then
            local riders = more[index] and ridersBehind(lane, record) or false
            entries[entry + 1] = lane
            entries[entry + 2] = riders and fence .. ':' .. #riders or fence
            answer[at + 1] = lane
            answer[at + 2] = record
            answer[at + 3] = connections[index] or false
            answer[at + 4] = riders
            at = at + 4
            entry = entry + 2
        end
    end
    if entry > 0 then redis.call('HSET', ns .. 'w:' .. owner, unpack(entries)) end
end

local function claimJobs(owner, limit, perTenant, allowance)
    wakeDue(128)
    local lanes = {}
    local turn = tonumber(string.sub(redis.call('GET', fenceKey) or '0', -6))
    for pass = 1, 3 do
        local found = 0
        for _, priority in ipairs(orderOfRings(turn)) do
            if #lanes < limit then found = found + draw(priority, limit - #lanes, perTenant, allowance, lanes) end
        end
        if found == 0 or #lanes >= limit then break end
    end
    local answer = { '', '' }
    if #lanes > 0 then
        answer[1] = nextFence()
        lease(owner, answer[1], lanes, answer)
        if #lanes >= limit then ring() end
    end
    local nextDue = redis.call('ZRANGE', dueKey, 0, 0, 'WITHSCORES')
    answer[2] = nextDue[2] or ''
    return answer
end

-- The answer of an earlier call again, whose reply was lost: what the owner holds under that fence.
local function claimedUnder(owner, fence)
    local answer = { fence, '' }
    local lanes = {}
    local held = redis.call('HGETALL', ns .. 'w:' .. owner)
    for index = 1, #held, 2 do
        if string.match(held[index + 1], '^%d+') == fence then lanes[#lanes + 1] = held[index] end
    end
    if fence ~= '' then
        eachPiece(lanes, 1000, function(first, last)
            lease(owner, fence, { unpack(lanes, first, last) }, answer)
        end)
    end
    return answer
end

-- claimJobs(owner, terms): leases up to `terms.limit` jobs to the owner and returns
--   { fence ('' if none), next due ms ('' if nothing waits; now if there is more than this call could look through),
--     then for each: lane, record, connection or false, riders or false }
-- Terms are what claimTerms reads from the arguments.
--
-- A turn: wake what is due; pop as many tickets as jobs are wanted; each tenant gets an equal share of the batch, at
-- most what the terms grant it; a tenant with more lanes goes to the end of the ring. Fair within a batch and between
-- batches, in O(batch).
--
-- Deficits: a turn is worth `callsPerTurn` Graph calls. What a tenant's jobs needed beyond that, as workers report with
-- their next claim, is its debt (`debt`: tenant -> calls), and a debtor pays a turn for each `callsPerTurn` before it
-- is served again. Who only queues behind its own debts isn't held up: if nobody else can use the slots, debtors get
-- them and keep their debt. It never exceeds `debtAtMost`, and is forgotten when the tenant leaves the ring: a debt
-- exists only beside a ticket.
--
-- Priorities: high before normal before low, but no ring starves: of every 16 turns one begins with low and three with
-- normal. Held tenants (`held`: tenant -> until ms; paused, throttled) lose their ticket until then and keep their
-- place in `tick`.
-- @include "clock"
-- @include "nextFence"
-- @include "place"
-- @include "record"
-- @include "soundly"
-- @include "standing"
-- @include "wakeDue"
local callsPerTurn = 4
local debtAtMost = 256
-- Passes over the rings, and tickets looked at beyond those of a batch, in one call.
local roundsAtMost, looksBeyond = 16, 64
local ridersAtMost = 64

local function orderOfRings(turn)
    local step = turn % 16
    if step == 7 then return { 'l', 'h', 'n' } end
    if step == 3 or step == 9 or step == 13 then return { 'n', 'h', 'l' } end
    return { 'h', 'n', 'l' }
end

-- Takes a held tenant out of the ring: its lane back to the front of its list, a time to come back.
local function holdBack(priority, tenant, lane, untilTime)
    soundly('LPUSH', ns .. 'ready:' .. priority .. tenant, lane)
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

-- Enters what tenants' jobs cost. Of a tenant without a ticket nothing is kept: it waits for no turn.
local function charge(charges)
    local owing = redis.call('EXISTS', debtKey) == 1
    for _, used in ipairs(charges) do
        local step = used.calls - callsPerTurn * used.jobs
        if step > 0 or owing then
            local tenant = used.tenant
            local marks = redis.call('SMISMEMBER', tickKey, 'h' .. tenant, 'n' .. tenant, 'l' .. tenant)
            local debt = (tonumber(redis.call('HGET', debtKey, tenant)) or 0) + step
            if debt > 0 and marks[1] + marks[2] + marks[3] > 0 then
                redis.call('HSET', debtKey, tenant, digits(math.min(debtAtMost, debt)))
                owing = true
            else
                redis.call('HDEL', debtKey, tenant)
            end
        end
    end
end

-- The debt of each of these tenants, or nil where nobody owes.
local function debtsOf(tickets)
    if redis.call('EXISTS', debtKey) == 0 then return nil end
    local tenants = {}
    for index, lane in ipairs(tickets) do tenants[index] = tenantOf(lane) end
    return redis.call('HMGET', debtKey, unpack(tenants))
end

-- A debtor gives up to `turns` of its turns; returns how many.
local function pay(tenant, debt, turns)
    local owed = math.ceil(debt / callsPerTurn)
    local paid = math.min(turns, owed)
    if paid == owed then
        redis.call('HDEL', debtKey, tenant)
    else
        redis.call('HSET', debtKey, tenant, digits(debt - paid * callsPerTurn))
    end
    return paid
end

-- True for an entry that counts for nothing any more (includes/standing.lua); with that it is dropped.
local function isVoid(priority, lane)
    local field = priority .. lane
    if not redis.call('HGET', voidKey, field) then return false end
    if redis.call('HINCRBY', voidKey, field, -1) <= 0 then redis.call('HDEL', voidKey, field) end
    return true
end

-- Takes up to `most` lanes of the tenant whose ticket this is. Of `most` further names all but the last run now and the
-- last is the next ticket; fewer: the tenant is done.
local function serve(turn, priority, tenant, ticket, most, back, done)
    local lanes = turn.lanes
    local before = #lanes
    local further = soundly('LPOP', ns .. 'ready:' .. priority .. tenant, most) or {}
    local run = #further
    if run == most then
        back[#back + 1] = further[run]
        run = run - 1
    else
        done[#done + 1] = priority .. tenant
    end
    if not (turn.voids and isVoid(priority, ticket)) then lanes[before + 1] = ticket end
    for position = 1, run do
        local lane = further[position]
        if not (turn.voids and isVoid(priority, lane)) then lanes[#lanes + 1] = lane end
    end
    turn.allowance[tenant] = (turn.allowance[tenant] or turn.perTenant) - (#lanes - before)
    turn.moved = true
end

local function inReverse(list)
    local reversed = {}
    for index = #list, 1, -1 do reversed[#reversed + 1] = list[index] end
    return reversed
end

-- Looks at up to `count` tickets of a ring. Returns how many it found, and how many went to the ring's end.
local function draw(turn, priority, count)
    local tickets = redis.call('LPOP', ringKeys[priority], count)
    if not tickets then return 0, 0 end
    local share = math.max(1, math.floor((turn.limit - #turn.lanes) / #tickets))
    local held, debts = holds(tickets), turn.paying and debtsOf(tickets)
    local back, done, unseen = {}, {}, {}
    for index, lane in ipairs(tickets) do
        local tenant = tenantOf(lane)
        local most = math.min(share, turn.limit - #turn.lanes, turn.allowance[tenant] or turn.perTenant)
        if #turn.lanes >= turn.limit then
            unseen[#unseen + 1] = lane
        elseif held and held[index] then
            holdBack(priority, tenant, lane, held[index])
        else
            if most > 0 and debts and debts[index] then
                most = most - pay(tenant, tonumber(debts[index]), most)
                turn.moved = true
            end
            if most > 0 then
                serve(turn, priority, tenant, lane, most, back, done)
            else
                back[#back + 1] = lane
            end
        end
    end
    if #unseen > 0 then redis.call('LPUSH', ringKeys[priority], unpack(inReverse(unseen))) end
    if #back > 0 then redis.call('RPUSH', ringKeys[priority], unpack(back)) end
    if #done > 0 then leaveRing(done) end
    return #tickets, #back
end

-- One pass over a ring: each ticket is looked at once, unless the batch is full before.
local function drawRound(turn, priority)
    local count, returned = turn.limit - #turn.lanes, 0
    while count > 0 and turn.looks > 0 do
        local looked, back = draw(turn, priority, count)
        turn.looks = turn.looks - looked
        if looked < count or #turn.lanes >= turn.limit then return end
        returned = returned + back
        -- Most were passed by: the rest in larger pieces.
        count = math.min(math.max(16, turn.limit - #turn.lanes), redis.call('LLEN', ringKeys[priority]) - returned)
    end
end

-- Passes over all rings until the batch is full or nothing moves. True if it gave up before either.
local function drawRounds(turn, rings, paying)
    turn.paying = paying
    for _ = 1, roundsAtMost do
        turn.moved = false
        for _, priority in ipairs(rings) do
            if #turn.lanes < turn.limit then drawRound(turn, priority) end
        end
        if #turn.lanes >= turn.limit or turn.looks > 0 and not turn.moved then return false end
        if turn.looks <= 0 then return true end
    end
    return true
end

-- The lanes whose turn it is, and whether there may be more than this call could look through.
local function nextLanes(terms, rings)
    -- Tenants at their share are passed by, and each of the three rings may hold all that the terms name.
    local looks = terms.limit + looksBeyond + 3 * terms.named
    local turn = {
        limit = terms.limit, perTenant = terms.perTenant, allowance = terms.allowance, lanes = {}, looks = looks,
        voids = redis.call('EXISTS', voidKey) == 1,
    }
    local owing = redis.call('EXISTS', debtKey) == 1
    local isMore = drawRounds(turn, rings, owing)
    if owing and #turn.lanes < turn.limit then
        turn.looks = looks
        isMore = drawRounds(turn, rings, false)
    end
    return turn.lanes, isMore
end

-- The headers of the waiting syncs that this head's run serves too: those right behind it, up to the first that can't
-- ride.
local function ridersBehind(lane, record)
    if kindOf(record) ~= 's' then return false end
    local full = ridesOf(record) == 'f'
    local riders = {}
    for _, waiting in ipairs(soundly('LRANGE', ns .. 'rest:' .. lane, 0, ridersAtMost - 1)) do
        local rides = ridesOf(waiting)
        if not isReadable(waiting) or rides ~= 'r' and not (full and rides == 'f') then break end
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
    if entry > 0 then soundly('HSET', ns .. 'w:' .. owner, unpack(entries)) end
end

local function claimJobs(owner, terms)
    wakeDue(128)
    charge(terms.charges)
    local turn = tonumber(string.sub(redis.call('GET', fenceKey) or '0', -6))
    local lanes, isMore = nextLanes(terms, orderOfRings(turn))
    local answer = { '', '' }
    if #lanes > 0 then
        answer[1] = nextFence()
        lease(owner, answer[1], lanes, answer)
        if #lanes >= terms.limit then ring() end
    end
    local nextDue = redis.call('ZRANGE', dueKey, 0, 0, 'WITHSCORES')
    answer[2] = isMore and digits(now) or nextDue[2] or ''
    return answer
end

-- The answer of an earlier call again, whose reply was lost: what the owner holds under that fence.
local function claimedUnder(owner, fence)
    local answer = { fence, '' }
    local lanes = {}
    local held = soundly('HGETALL', ns .. 'w:' .. owner)
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

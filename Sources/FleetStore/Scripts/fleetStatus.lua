-- fleetStatus: the fleet at one moment: queue, tenants, workers, streams.
--
-- KEYS     the queue's keys, then intake's (includes/queueKeys.lua, includes/intakeKeys.lua)
-- ARGV[1]  namespace with its colon · [2] tenants at most
-- Returns  pairs of a name and a number, or of a name and a list:
--            owners   name, deadline ms, leases, what it says of itself as JSON or '' (at most 200)
--            tenants  name, running, ready, parked, ms of the next that waits for a time or -1, why, held until ms or
--            -1, ms since when the longest waits, about (the first of its lanes counts), or -1
--            results, changes  length (-1: another type), entries ever added, id of the first, id of the last
--            groups   'r' or 'c', then as includes/streamGroups.lua tells them
-- Cost     some 200 us, and never more than a few ms: what can be long is sampled (see the limits below), and then
--          'sampled' is 1
-- @include "queueKeys"
-- @include "intakeKeys"
-- @include "clock"
-- @include "record"
-- @include "streamGroups"
local tenantsAtMost = tonumber(ARGV[2])
local ownersAtMost, lanesAtMost, ticketsAtMost, dueAtMost, marksAtMost = 200, 5000, 500, 1000, 1000
local sampled = 0

local function length(command, key)
    local answer = redis.pcall(command, key)
    return type(answer) == 'number' and answer or -1
end

-- Lanes that stand in the ring or behind a ticket.
local function readyLanes()
    local lanes, seen = 0, 0
    for _, key in pairs(ringKeys) do lanes = lanes + redis.call('LLEN', key) end
    local marks = redis.call('SRANDMEMBER', tickKey, marksAtMost)
    local behind = 0
    for _, mark in ipairs(marks) do behind = behind + redis.call('LLEN', ns .. 'ready:' .. mark) end
    local all = redis.call('SCARD', tickKey)
    if #marks > 0 then behind = math.floor(behind * all / #marks) end
    return lanes + behind
end

-- Lanes of held tenants: no worker helps them. Their tickets that stand in the ring still, until their turn comes,
-- aren't seen here: one a tenant at most.
local function heldLanes()
    local held = redis.call('HRANDFIELD', heldKey, marksAtMost, 'WITHVALUES')
    local lanes = 0
    for index = 1, #held, 2 do
        if tonumber(held[index + 1]) > now then
            for priority in pairs(ringKeys) do
                lanes = lanes + length('LLEN', ns .. 'ready:' .. priority .. held[index])
            end
        end
    end
    local all = redis.call('HLEN', heldKey)
    return #held > 0 and math.floor(lanes * all / (#held / 2)) or 0
end

local function waitingBehind()
    local lanes = redis.call('HRANDFIELD', moreKey, 1000, 'WITHVALUES')
    local jobs = 0
    for index = 2, #lanes, 2 do jobs = jobs + lanes[index] end
    local all = redis.call('HLEN', moreKey)
    return #lanes > 0 and math.floor(jobs * all / (#lanes / 2)) or 0
end

-- Tenants in the order in which they are met: those that run first, then those that wait.
local tenants, names = {}, {}
local function tenantOf(lane) return string.match(lane, '^[^:]*') end
local function tenantNamed(name)
    local tenant = tenants[name]
    if tenant then return tenant end
    if #names >= tenantsAtMost then
        sampled = 1
        return nil
    end
    tenant = { running = 0, ready = 0, parked = 0, held = -1 }
    tenants[name] = tenant
    names[#names + 1] = name
    return tenant
end

local owners, running = {}, 0
local function readOwners()
    local left = lanesAtMost
    local listed = redis.call('ZRANGE', ownersKey, 0, ownersAtMost - 1, 'WITHSCORES')
    for index = 1, #listed, 2 do
        local owner = listed[index]
        local leases = math.max(0, length('HLEN', ns .. 'w:' .. owner))
        running = running + leases
        owners[#owners + 1] = owner
        owners[#owners + 1] = listed[index + 1]
        owners[#owners + 1] = leases
        local about = redis.pcall('HGET', ns .. 'c:' .. owner, 'about')
        owners[#owners + 1] = type(about) == 'string' and about or ''
        if leases > left then sampled = 1 end
        if left > 0 and leases > 0 then
            for _, lane in ipairs(redis.call('HRANDFIELD', ns .. 'w:' .. owner, math.min(left, leases))) do
                local tenant = tenantNamed(tenantOf(lane))
                if tenant then tenant.running = tenant.running + 1 end
            end
            left = left - leases
        end
    end
end

local function readHeld()
    local held = redis.call('HRANDFIELD', heldKey, marksAtMost, 'WITHVALUES')
    for index = 1, #held, 2 do
        local tenant = tonumber(held[index + 1]) > now and tenantNamed(held[index])
        if tenant then tenant.held = held[index + 1] end
    end
end

local function readRings()
    for priority, key in pairs(ringKeys) do
        local lanes = redis.call('LRANGE', key, 0, ticketsAtMost - 1)
        if #lanes == ticketsAtMost then sampled = 1 end
        for _, lane in ipairs(lanes) do
            local name = tenantOf(lane)
            local tenant = tenantNamed(name)
            if tenant then
                tenant.first = tenant.first or lane
                tenant.ready = tenant.ready + 1 + redis.call('LLEN', ns .. 'ready:' .. priority .. name)
            end
        end
    end
end

-- What waits for a time, the soonest first.
local function readDue()
    local due = redis.call('ZRANGE', dueKey, 0, dueAtMost - 1, 'WITHSCORES')
    if #due == dueAtMost * 2 then sampled = 1 end
    for index = 1, #due, 2 do
        local member = due[index]
        local sort = string.sub(member, 1, 1)
        if sort == 'l' or sort == 'j' then
            local lane = string.match(member, sort == 'l' and '^l.(.*)$' or '^j([^\n]*)')
            local tenant = tenantNamed(tenantOf(lane))
            if tenant then
                tenant.parked = tenant.parked + 1
                tenant.lane = tenant.lane or sort == 'l' and lane
                tenant.due = tenant.due or due[index + 1]
            end
        elseif sort == 't' then
            local name = string.sub(member, 3)
            local tenant = tenantNamed(name)
            if tenant then
                local line = ns .. 'ready:' .. string.sub(member, 2)
                tenant.first = tenant.first or redis.call('LINDEX', line, 0)
                tenant.ready = tenant.ready + redis.call('LLEN', line)
            end
        end
    end
end

-- When the job of a lane was first seen, if it waits.
local function waitsSince(lane)
    local record = lane and redis.call('HGET', headKey, lane)
    return record and isReadable(record) and enqueuedOf(record) or math.huge
end

local function toldTenants()
    local told = {}
    for _, name in ipairs(names) do
        local tenant = tenants[name]
        local record = tenant.lane and redis.call('HGET', headKey, tenant.lane)
        local since = math.min(waitsSince(tenant.first), waitsSince(tenant.lane))
        for _, value in ipairs({
            name, tenant.running, tenant.ready, tenant.parked, tenant.due or -1,
            record and string.sub(record, 6, 6) or '-', tenant.held, since < math.huge and digits(since) or -1,
        }) do told[#told + 1] = value end
    end
    return told
end

local function stream(key)
    local info = redis.pcall('XINFO', 'STREAM', key)
    if info.err then return { redis.call('EXISTS', key) == 1 and -1 or 0, 0, '', '' } end
    local facts = {}
    for index = 1, #info, 2 do facts[info[index]] = info[index + 1] end
    local first = facts['first-entry']
    return { facts.length, facts['entries-added'] or 0, first and first[1] or '', facts['last-generated-id'] }
end

local report = { 'now', digits(now) }
local function add(name, value)
    report[#report + 1] = name
    report[#report + 1] = value
end
readOwners()
readHeld()
readRings()
readDue()
for _, list in ipairs(ingress) do
    add('ingress.' .. list[1], length('LLEN', list[3]))
    add('taken.' .. list[1], length('LLEN', list[2]))
end
add('reading', length('LLEN', itemsKey))
add('lanes', redis.call('HLEN', headKey))
add('ready', math.max(0, readyLanes() - heldLanes()))
add('running', running)
add('behind', waitingBehind())
add('due', redis.call('ZCARD', dueKey))
add('held', redis.call('HLEN', heldKey))
add('connections', redis.call('HLEN', connectionKey))
add('dead', redis.call('XLEN', deadKey))
local newer = 0
local versions = redis.pcall('SMEMBERS', ns .. 'newer')
for _, version in ipairs(versions) do newer = newer + math.max(0, length('LLEN', ns .. 'newer:' .. version)) end
add('newer', newer)
add('workers', redis.call('ZCARD', ownersKey))
add('owners', owners)
add('tenants', toldTenants())
add('results', stream(resultsKey))
add('changes', stream(changesKey))
local groups = {}
for letter, key in pairs({ r = resultsKey, c = changesKey }) do
    for _, group in ipairs(streamGroups(key, 20)) do
        groups[#groups + 1] = letter
        for _, value in ipairs(group) do groups[#groups + 1] = value end
    end
end
add('groups', groups)
add('sampled', sampled)
return report

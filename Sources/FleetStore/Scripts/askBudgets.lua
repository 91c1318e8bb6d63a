-- askBudgets: whether requests to Graph may be sent now; gives places back on the way. Several asks in one call are
-- decided in their order, each for all its scopes or none.
--
-- KEYS[1]  string  rates · KEYS[2] hash tenants (both: includes/budgets.lua); b:GEN is derived
-- ARGV[1]  namespace with its colon
-- ARGV[2]  the caller's limits, seven numbers: units and window in ms of app, tenant and mailbox, places of a mailbox
-- ARGV[3]  how many places are given back, and for each: id, number of mailboxes, the mailboxes
-- then     number of asks, and for each: id, tenant, units, places, ms that the request may last, number of mailboxes,
--          the mailboxes; of one that begins with `+` only the places count
-- Returns  two values for each ask: 0 and the ms for which the grant is good · the ms after which asking will succeed
--          if nobody else asks, rounded up, and who is short: a t m p, x while the tenant is paused · minus the most
--          that can ever pass, and ''
-- Cost     alone 29 us, in a batch of 16 or more 17 us an ask, its places' way back included (a busy two-core machine).
--          Safe to repeat: what is counted twice is granted once, and places are known by the ask's id
-- @include "budgetKeys"
-- @include "budgets"
local placesHint = 25
local cursor = 3
local function nextText()
    local text = ARGV[cursor]
    cursor = cursor + 1
    return text
end
local function nextNumber() return tonumber(nextText()) end
local function nextList()
    local list = {}
    for index = 1, nextNumber() do list[index] = nextText() end
    return list
end

local function hasBudget(mailbox) return string.byte(mailbox) ~= 43 end

local wanted, isWanted = {}, {}
local function want(name)
    if not isWanted[name] then
        isWanted[name] = true
        wanted[#wanted + 1] = name
    end
end

local releases, asks, tenants = {}, {}, {}
for index = 1, nextNumber() do
    local release = { id = nextText(), mailboxes = nextList() }
    for _, mailbox in ipairs(release.mailboxes) do want('p' .. mailbox) end
    releases[index] = release
end
for index = 1, nextNumber() do
    local ask = {
        id = nextText(), tenant = nextText(), units = nextNumber(), places = nextNumber(), length = nextNumber(),
        mailboxes = nextList(),
    }
    want('a')
    want('t' .. ask.tenant)
    for _, mailbox in ipairs(ask.mailboxes) do
        if hasBudget(mailbox) then want('m' .. mailbox) end
        want('p' .. mailbox)
    end
    asks[index] = ask
    tenants[index] = ask.tenant
end

local rates = readRates(ARGV[2])
local controls = #tenants > 0 and redis.call('EXISTS', tenantsKey) == 1
    and redis.call('HMGET', tenantsKey, unpack(tenants)) or {}
local fields = readFields(wanted)
local scopes, places = {}, {}
local function scopeFor(name, rate)
    local scope = scopes[name]
    if not scope then
        scope = openScope(name, fields[name], rate)
        scopes[name] = scope
    end
    return scope
end
local function placesFor(mailbox)
    local name = 'p' .. mailbox
    local found = places[name]
    if not found then
        found = openPlaces(name, fields[name])
        places[name] = found
    end
    return found
end

for _, release in ipairs(releases) do
    for _, mailbox in ipairs(release.mailboxes) do releasePlaces(placesFor(mailbox), release.id) end
end

-- The scopes of an ask, and the most that one ask may ever have of them.
local function scopesOf(ask, tenantRate)
    local mine = { scopeFor('a', rates.app), scopeFor('t' .. ask.tenant, tenantRate) }
    for _, mailbox in ipairs(ask.mailboxes) do
        if hasBudget(mailbox) then mine[#mine + 1] = scopeFor('m' .. mailbox, rates.mailbox) end
    end
    local most = rates.places
    for _, scope in ipairs(mine) do most = math.min(most, scope.limit) end
    return mine, most
end

-- Whether an ask can never pass; then the number of parts that can.
local function tooLarge(ask, mine, most)
    if ask.places > rates.places then return most end
    for _, scope in ipairs(mine) do
        if ask.units > scope.limit then return most end
    end
end

local function grant(ask, mine)
    local grace = 1000
    for _, scope in ipairs(mine) do
        scope.total = scope.total + ask.units
        scope.added = scope.added + ask.units
        grace = math.min(grace, scope.grace)
    end
    for _, mailbox in ipairs(ask.mailboxes) do
        takePlaces(placesFor(mailbox), ask.id, ask.places, ask.length + grace)
    end
    return grace
end

local function decide(ask, control)
    local ownRate, paused = controlOf(control)
    local mine, most = scopesOf(ask, ownRate or rates.tenant)
    local tooMuch = tooLarge(ask, mine, most)
    if tooMuch then return -tooMuch, '' end
    local time, cause = 0, ''
    if paused then time, cause = paused, 'x' end
    local short = {}
    for _, scope in ipairs(mine) do
        local from = roomFrom(scope, ask.units)
        if from > now then short[#short + 1] = scope end
        from = math.max(from, scope.closed)
        if from > now and from > time then time, cause = from, string.sub(scope.name, 1, 1) end
    end
    if cause == '' then
        for _, mailbox in ipairs(ask.mailboxes) do
            local held = placesFor(mailbox)
            if held.queued or held.taken + ask.places > rates.places then
                -- Who asked first comes first, a batch that needs all places too.
                held.queued = true
                time, cause = math.min(held.firstEnd, now + placesHint), 'p'
            end
        end
    end
    if cause == '' then return 0, grant(ask, mine) end
    for _, scope in ipairs(short) do scope.owed = scope.owed + ask.units end
    return math.max(1, time - now), cause
end

local answer = {}
for index, ask in ipairs(asks) do
    answer[2 * index - 1], answer[2 * index] = decide(ask, controls[index])
end

local changed, gone = {}, {}
local function change(name, value)
    changed[#changed + 1] = name
    changed[#changed + 1] = value
end
for name, scope in pairs(scopes) do
    if scope.added > 0 then change(name, stateOf(scope)) end
end
for name, held in pairs(places) do
    if held.changed then
        if #held.entries > 0 then change(name, placesText(held)) else gone[#gone + 1] = name end
    end
end
if #changed + #gone > 0 then
    budgetsThoughFull()
    writeFields(changed, gone)
end
return answer

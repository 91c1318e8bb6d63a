-- askBudgets: whether requests to Graph may be sent now; gives places back on the way. Several asks in one call are
-- decided in their order, each for all its scopes or none.
--
-- KEYS[1]  string  rates · KEYS[2] hash tenants (both: includes/budgets.lua); b:GEN is derived
-- ARGV[1]  namespace with its colon
-- ARGV[2]  the caller's limits, seven numbers: units and window in ms of app, tenant and mailbox, places of a mailbox
-- ARGV[3]  how many strangers are known now (includes/strangers.lua), and for each: it, and the mailbox
-- then     how many places are given back, and for each: id, number of mailboxes, the mailboxes
-- then     number of asks, and for each: id, tenant, units, places, ms that the request may last, number of mailboxes,
--          the mailboxes, strangers among them
-- Returns  two values for each ask: 0 and the ms for which the grant is good · the ms after which asking will succeed
--          if nobody else asks, rounded up, and who is short: a t m p, x while the tenant is paused · minus the most
--          that can ever pass, and ''
-- Cost     alone 29 us, in a batch of 16 or more 17 us an ask, its places' way back included (a busy two-core machine).
--          Safe to repeat: what is counted twice is granted once, and places are known by the ask's id
-- @include "budgetKeys"
-- @include "budgets"
-- @include "strangers"
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

-- MARK: what was asked

local told, releases, asks, lists, tenants = {}, {}, {}, {}, {}
for index = 1, nextNumber() do told[index] = { nameOf(nextText()), nextText() } end
for index = 1, nextNumber() do
    releases[index] = { id = nextText(), mailboxes = nextList() }
    lists[#lists + 1] = releases[index].mailboxes
end
for index = 1, nextNumber() do
    asks[index] = {
        id = nextText(), tenant = nextText(), units = nextNumber(), places = nextNumber(), length = nextNumber(),
        mailboxes = nextList(),
    }
    lists[#lists + 1] = asks[index].mailboxes
    tenants[index] = asks[index].tenant
end

local names = strangersIn(lists)
local whose = #names > 0 and readFields(names) or {}
for _, one in ipairs(told) do whose['w' .. one[1]] = one[2] end

-- MARK: what is known

local wanted, isWanted = {}, {}
local function want(name)
    if not isWanted[name] then
        isWanted[name] = true
        wanted[#wanted + 1] = name
    end
end

for _, release in ipairs(releases) do
    release.places = {}
    for _, key in ipairs((partOf(release.mailboxes, whose))) do release.places[#release.places + 1] = 'p' .. key end
    -- It was one of strangers when it got them, and may be known by now.
    for _, mailbox in ipairs(release.mailboxes) do
        if isStranger(mailbox) then release.places[#release.places + 1] = 'q' .. tenantOfStranger(mailbox) end
    end
    for _, name in ipairs(release.places) do want(name) end
end
for _, ask in ipairs(asks) do
    local keys, strangers = partOf(ask.mailboxes, whose)
    ask.keys, ask.stranger = keys, strangers[1]
    for _, name in ipairs({ 'a', 't' .. ask.tenant, 'q' .. ask.tenant, 'u' .. ask.tenant, 'k' .. ask.tenant }) do
        want(name)
    end
    for _, key in ipairs(keys) do
        want('m' .. key)
        want('p' .. key)
    end
    if ask.stranger then want('m' .. ask.stranger) end
end

local rates = readRates(ARGV[2])
local controls = #tenants > 0 and redis.call('EXISTS', tenantsKey) == 1
    and redis.call('HMGET', tenantsKey, unpack(tenants)) or {}
local fields = readFields(wanted)

-- Reads what wasn't foreseen, too.
local function readMore(names)
    local missing = {}
    for _, name in ipairs(names) do
        if not isWanted[name] then missing[#missing + 1] = name end
        isWanted[name] = true
    end
    if #missing == 0 then return end
    for name, value in pairs(readFields(missing)) do fields[name] = value end
end

local scopes, places, callers = {}, {}, {}
local function scopeFor(name, rate)
    local scope = scopes[name]
    if not scope then
        scope = openScope(name, fields[name], rate)
        scopes[name] = scope
    end
    return scope
end
local function placesOf(name)
    local found = places[name]
    if not found then
        found = openPlaces(name, fields[name])
        places[name] = found
    end
    return found
end
local function callersOf(tenant)
    local name = 'k' .. tenant
    local found = callers[name]
    if not found then
        found = openCallers(name, fields[name])
        callers[name] = found
    end
    return found
end
local function unitsOfStrangers(tenant)
    return (fields['u' .. tenant] or scopes['u' .. tenant]) and scopeFor('u' .. tenant, rates.mailbox).total or 0
end

-- The tenant's mailboxes that were called of late, read.
local function callersRead(tenant)
    local keys, names = keysOf(callersOf(tenant)), {}
    for _, key in ipairs(keys) do
        names[#names + 1] = 'm' .. key
        names[#names + 1] = 'p' .. key
    end
    readMore(names)
    return keys
end

-- Keeps of a tenant's callers those that are near a limit, and the newest.
local function dropDistant(tenant, newest)
    local kept = {}
    for _, key in ipairs(callersRead(tenant)) do
        local scope = scopeFor('m' .. key, rates.mailbox)
        local isNear = placesOf('p' .. key).taken > 0 or scope.total * 2 > scope.limit
        if key == newest or isNear then kept[#kept + 1] = key end
    end
    keep(callersOf(tenant), kept)
end

-- MARK: decisions

for _, release in ipairs(releases) do
    for _, name in ipairs(release.places) do releasePlaces(placesOf(name), release.id) end
end

-- The scopes that an ask is counted in, and the most that one ask may ever have of them.
local function scopesOf(ask, tenantRate)
    local mine = { scopeFor('a', rates.app), scopeFor('t' .. ask.tenant, tenantRate) }
    for _, key in ipairs(ask.keys) do mine[#mine + 1] = scopeFor('m' .. key, rates.mailbox) end
    if ask.stranger then mine[#mine + 1] = scopeFor('u' .. ask.tenant, rates.mailbox) end
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
    for _, key in ipairs(ask.keys) do
        takePlaces(placesOf('p' .. key), ask.id, ask.places, ask.length + grace)
        if enter(callersOf(ask.tenant), key) then dropDistant(ask.tenant, key) end
    end
    if ask.stranger then takePlaces(placesOf('q' .. ask.tenant), ask.id, ask.places, ask.length + grace) end
    return grace
end

-- When a window has room, and whose.
local function roomInWindows(ask, mine, paused)
    local time, cause = paused or 0, paused and 'x' or ''
    local short, strangers = {}, unitsOfStrangers(ask.tenant)
    local function look(scope, units, closed)
        local from = roomFrom(scope, units)
        local isShort = from > now
        from = math.max(from, closed)
        if from > now and from > time then time, cause = from, string.sub(scope.name, 1, 1) end
        return isShort
    end
    for _, scope in ipairs(mine) do
        local isMailbox = string.byte(scope.name) == 109
        if look(scope, ask.units + (isMailbox and strangers or 0), scope.closed) then short[#short + 1] = scope end
    end
    if ask.stranger then
        look(scopeFor('m' .. ask.stranger, rates.mailbox), 0, scopeFor('m' .. ask.stranger, rates.mailbox).closed)
        for _, key in ipairs(callersRead(ask.tenant)) do
            look(scopeFor('m' .. key, rates.mailbox), ask.units + strangers, 0)
        end
    end
    return time, cause == 'u' and 'm' or cause, short
end

-- When to ask again for places; nil where they are free.
local function waitForPlaces(ask)
    local time
    local strangers = placesOf('q' .. ask.tenant)
    local function wait(held) time = math.min(time or now + placesHint, held.firstEnd) end
    for _, key in ipairs(ask.keys) do
        local held = placesOf('p' .. key)
        local left = rates.places - held.taken - ask.places
        if held.queued or left < takenByStrangers(strangers) then
            -- Who asked first comes first, a batch that needs all places too.
            held.queued = true
            wait(held)
            if left >= 0 then takePlaces(strangers, '>', 0, markLife) end
        end
    end
    if ask.stranger then
        local _, reserved = markIn(strangers, '<')
        local taken = strangers.taken - reserved
        local isFree = taken + ask.places <= strangersAtOnce(rates.places) and not givesWay(strangers)
        if isFree then
            for _, key in ipairs(callersRead(ask.tenant)) do
                isFree = isFree and placesOf('p' .. key).taken + taken + ask.places <= rates.places
            end
        end
        if not isFree then
            takePlaces(strangers, '<', 1, markLife)
            wait(strangers)
        end
    end
    return time
end

local function decide(ask, control)
    local ownRate, paused = controlOf(control)
    local mine, most = scopesOf(ask, ownRate or rates.tenant)
    local tooMuch = tooLarge(ask, mine, most)
    if tooMuch then return -tooMuch, '' end
    local time, cause, short = roomInWindows(ask, mine, paused)
    if cause == '' then
        local forPlaces = waitForPlaces(ask)
        if not forPlaces then return 0, grant(ask, mine) end
        time, cause = forPlaces, 'p'
    end
    for _, scope in ipairs(short) do scope.owed = scope.owed + ask.units end
    return math.max(1, time - now), cause
end

local answer = {}
for index, ask in ipairs(asks) do
    answer[2 * index - 1], answer[2 * index] = decide(ask, controls[index])
end

-- MARK: what is kept

local changed, gone = {}, {}
local function change(name, value)
    changed[#changed + 1] = name
    changed[#changed + 1] = value
end
for _, one in ipairs(told) do change('w' .. one[1], one[2]) end
for name, scope in pairs(scopes) do
    if scope.added > 0 then change(name, stateOf(scope)) end
end
for name, held in pairs(places) do
    if held.changed then
        if #held.entries > 0 then change(name, placesText(held)) else gone[#gone + 1] = name end
    end
end
for name, list in pairs(callers) do
    if list.changed then change(name, list.text) end
end
if #changed + #gone > 0 then
    budgetsThoughFull()
    writeFields(changed, gone)
end
return answer

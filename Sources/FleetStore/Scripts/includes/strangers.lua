-- Strangers: mailboxes of which nobody knows yet whose they are. A first connect brings a token or a name, and only
-- Graph's first answer says which mailbox that is. Until then it may be any of its tenant's, so what strangers use
-- counts in every mailbox of the tenant, and a stranger passes only where each of them has room. Fields of b:GEN:
--
--   w + name    whose mailbox a name turned out to be: its key
--   q + tenant  the places that strangers hold, and two marks among them (below)
--   u + tenant  the requests of strangers, as a scope
--   k + tenant  generation LF key LF key LF ...: the tenant's mailboxes that were called of late. When they grow many,
--               those far from both limits are dropped; their next call brings them back
--
-- In an ask a stranger is `?` + name (24 characters) + tenant.
--
-- Neither side may keep the other one waiting for ever: strangers hold at most half of a mailbox's places; one that
-- waits leaves the mark `<` (a place that the others leave free), others that wait for strangers leave `>` (strangers
-- stay away); which mark holds changes every four seconds. A mark lasts longer than the pause before its owner asks
-- again, and not much longer.
--
-- Not covered: a mailbox that two tenants share, for the one request that tells.
local turnLength, markLife = 4000, 500
local callersAtMost = 64
local strangersFirst = math.floor(now / turnLength) % 2 == 0

local function isStranger(mailbox) return string.byte(mailbox) == 63 end
local function nameOf(mailbox) return string.sub(mailbox, 2, 25) end
local function tenantOfStranger(mailbox) return string.sub(mailbox, 26) end

-- The keys of those that are known, and the names of the others.
local function partOf(mailboxes, whose)
    local keys, strangers = {}, {}
    for _, mailbox in ipairs(mailboxes) do
        local key = not isStranger(mailbox) and mailbox or whose['w' .. nameOf(mailbox)]
        if key then keys[#keys + 1] = key else strangers[#strangers + 1] = nameOf(mailbox) end
    end
    return keys, strangers
end

-- The names of the strangers in some lists, as fields.
local function strangersIn(lists)
    local names = {}
    for _, list in ipairs(lists) do
        for _, mailbox in ipairs(list) do
            if isStranger(mailbox) then names[#names + 1] = 'w' .. nameOf(mailbox) end
        end
    end
    return names
end

-- Whether a mark is set; the count that it adds to the places' taken.
local function markIn(held, mark)
    for _, entry in ipairs(held.entries) do
        if entry[3] == mark then return true, entry[2] end
    end
    return false, 0
end

-- What strangers take of each of the tenant's mailboxes, as those see it.
local function takenByStrangers(held)
    local _, reserved = markIn(held, '<')
    return strangersFirst and held.taken or held.taken - reserved
end

-- Whether a stranger must let the others go first.
local function givesWay(held) return not strangersFirst and markIn(held, '>') end

local function strangersAtOnce(places) return math.max(1, math.floor(places / 2)) end

local function openCallers(name, text)
    local head = digits(generation) .. '\n'
    if not text then return { name = name, text = head, changed = false } end
    local start = string.find(text, '\n', 1, true)
    local isOld = string.sub(text, 1, start) ~= head
    return { name = name, text = head .. string.sub(text, start + 1), changed = isOld }
end

local function keysOf(callers)
    local keys = {}
    local start = string.find(callers.text, '\n', 1, true)
    for key in string.gmatch(string.sub(callers.text, start), '[^\n]+') do keys[#keys + 1] = key end
    return keys
end

-- Enters a mailbox that is called. True when it is time to drop some.
local function enter(callers, key)
    if string.find(callers.text, '\n' .. key .. '\n', 1, true) then return false end
    callers.text = callers.text .. key .. '\n'
    callers.changed = true
    local count = #keysOf(callers)
    return count >= callersAtMost and count % (callersAtMost / 2) == 0
end

local function keep(callers, keys)
    callers.text = digits(generation) .. '\n' .. table.concat(keys, '\n') .. '\n'
end

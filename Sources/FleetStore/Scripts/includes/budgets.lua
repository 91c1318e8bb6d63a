-- Budgets: what each scope has used of its window, until when it is closed, and who holds a mailbox's places.
--
--   b:GEN   hash    scope -> state, mailbox -> places. GEN counts periods of 4,096 s
--     a             the whole app          t + tenant     one customer
--     m + mailbox   one mailbox            p + mailbox    the places of one mailbox
--   rates   string  the limits that all workers together hold to: see announceRates
--   tenants hash    tenant -> "count window until": a limit of its own ("- -": none), paused until (ms; "-": not)
--
-- A state, big-endian: total u32 | closed until u48 ms | first grant of the newest bucket u48 ms | strikes u8, then the
-- buckets, oldest first: last grant u48 ms | units u32. A bucket holds the grants of a 64th of the window; it counts
-- until its LAST grant is a window old. So no window ever holds more than the limit, a scope is at most 66 buckets
-- (677 bytes), and nothing is lost of a burst, whose bucket has one moment: under steady overload the buckets shrink to
-- moments by themselves.
--
-- Counted when granted. A request may arrive later: its grant is void after the grace (2 % of the window, at most 1 s),
-- and a grant counts that much longer.
--
-- Places: entries of deadline u48 ms | count u8 | length of the id u8 | id. Those past their deadline (their worker
-- died) are free.
--
-- Expiry without a time-out per scope: a scope is read from this generation, else from the one before, and written to
-- this one; the one before that is dropped whole. A window is at most 3,600 s, so what is dropped can't count any more,
-- and a scope that is gone hands out no second set.
-- @include "clock"
-- @include "pieces"
local generationLength = 4096000
local stateHead, bucketLength = 17, 10
local closedAtMost = 3600000

local generation = math.floor(now / generationLength)
local function generationKey(number) return ns .. 'b:' .. digits(number) end
local currentKey, previousKey = generationKey(generation), generationKey(generation - 1)

-- The first write is one that Redis allows when its memory is full, and that changes nothing: calls to Graph must go on
-- then, for they end jobs and lighten it.
local function budgetsThoughFull() redis.call('HDEL', currentKey, '') end

-- The values of these fields, by name; a name that is in neither generation has none.
local function readFields(names)
    local found = {}
    local function look(key, wanted)
        local missing = {}
        if #wanted == 0 or redis.call('EXISTS', key) == 0 then return wanted end
        eachPiece(wanted, 1000, function(first, last)
            for index, value in ipairs(redis.call('HMGET', key, unpack(wanted, first, last))) do
                local name = wanted[first + index - 1]
                if value then found[name] = value else missing[#missing + 1] = name end
            end
        end)
        return missing
    end
    look(previousKey, look(currentKey, names))
    return found
end

-- `pairs`: name, value, name, value ... ; `gone`: names that are to be in neither generation.
local function writeFields(fields, gone)
    if #fields > 0 then
        local isNew = redis.call('EXISTS', currentKey) == 0
        eachPiece(fields, 1000, function(first, last) redis.call('HSET', currentKey, unpack(fields, first, last)) end)
        if isNew then
            redis.call('UNLINK', generationKey(generation - 2))
            -- Should nobody ever ask again.
            redis.call('PEXPIREAT', currentKey, digits((generation + 3) * generationLength))
        end
    end
    eachPiece(gone, 1000, function(first, last)
        redis.call('HDEL', currentKey, unpack(gone, first, last))
        redis.call('HDEL', previousKey, unpack(gone, first, last))
    end)
end

local function numbersOf(text)
    local numbers = {}
    for number in string.gmatch(text, '%d+') do numbers[#numbers + 1] = tonumber(number) end
    return numbers
end

-- Of two texts of limits the stricter in each number: the smaller count, the longer window.
local function strictest(left, right)
    local mine, theirs, texts = numbersOf(left), numbersOf(right), {}
    for index, number in ipairs(mine) do
        local other = theirs[index] or number
        local isWindow = index < 7 and index % 2 == 0
        texts[index] = digits(isWindow and math.max(number, other) or math.min(number, other))
    end
    return table.concat(texts, ' ')
end

-- The limits that hold, as numbers and as the text that they were read from.
local function readRates(own)
    local shared = redis.call('GET', ns .. 'rates')
    local text = (not shared or shared == own) and own or strictest(own, shared)
    local numbers = numbersOf(text)
    return {
        app = { numbers[1], numbers[2] }, tenant = { numbers[3], numbers[4] }, mailbox = { numbers[5], numbers[6] },
        places = numbers[7],
    }, text
end

-- A tenant's record: its own limit or nil, paused until or nil.
local function controlOf(record)
    if not record then return nil, nil end
    local count, window, untilTime = string.match(record, '^(%S+) (%S+) (%S+)$')
    local rate = count ~= '-' and { tonumber(count), tonumber(window) } or nil
    local paused = untilTime ~= '-' and tonumber(untilTime) > now and tonumber(untilTime) or nil
    return rate, paused
end

-- MARK: one scope

-- What a state says now: buckets that count no more are passed by.
local function openScope(name, state, rate)
    local window = rate[2]
    local grace = math.min(1000, math.floor(window / 50))
    local scope = {
        name = name, limit = rate[1], grace = grace, keep = window + grace + 1, width = math.ceil(window / 64),
        state = state or '', at = stateHead + 1, total = 0, closed = 0, start = 0, strikes = 0, added = 0, owed = 0,
    }
    if not state then return scope end
    scope.total, scope.closed, scope.start, scope.strikes = struct.unpack('>I4I6I6B', state)
    if #state > stateHead and struct.unpack('>I6', state, #state - bucketLength + 1) > now + 1000 then
        -- Redis's clock was set back: all of it counts as of this moment.
        scope.state = string.sub(state, 1, stateHead) .. struct.pack('>I6I4', now, scope.total)
        scope.start = now
    end
    scope.closed = math.min(scope.closed, now + closedAtMost)
    while scope.at < #scope.state do
        local last, units = struct.unpack('>I6I4', scope.state, scope.at)
        if last + scope.keep > now then break end
        scope.total = scope.total - units
        scope.at = scope.at + bucketLength
    end
    return scope
end

-- When there is room for `units` more: now or earlier, if there is. Those that were refused before in this call come
-- first.
local function roomFrom(scope, units)
    local short = scope.total + scope.owed + units - scope.limit
    if short <= 0 then return 0 end
    local time, at = now, scope.at
    while short > 0 and at < #scope.state do
        local last, freed = struct.unpack('>I6I4', scope.state, at)
        short = short - freed
        time = last + scope.keep
        at = at + bucketLength
    end
    if short > 0 and scope.added > 0 then
        short = short - scope.added
        time = now + scope.keep
    end
    -- Whole windows: those ahead will have used it by then.
    if short > 0 then time = time + scope.keep * math.ceil(short / scope.limit) end
    return time
end

local function stateOf(scope)
    local buckets = string.sub(scope.state, scope.at)
    if scope.added > 0 then
        local length = #buckets
        if length > 0 and now - scope.start < scope.width then
            local _, units = struct.unpack('>I6I4', buckets, length - bucketLength + 1)
            buckets = string.sub(buckets, 1, length - bucketLength) .. struct.pack('>I6I4', now, units + scope.added)
        else
            scope.start = now
            buckets = buckets .. struct.pack('>I6I4', now, scope.added)
        end
    end
    return struct.pack('>I4I6I6B', scope.total, scope.closed, scope.start, scope.strikes) .. buckets
end

-- MARK: places

local function openPlaces(name, text)
    local places = { name = name, entries = {}, taken = 0, firstEnd = now + 3600000, changed = false, queued = false }
    local at = 1
    while text and at < #text do
        local deadline, count, length = struct.unpack('>I6BB', text, at)
        local id = string.sub(text, at + 8, at + 7 + length)
        at = at + 8 + length
        if deadline > now then
            places.entries[#places.entries + 1] = { deadline, count, id }
            places.taken = places.taken + count
            places.firstEnd = math.min(places.firstEnd, deadline)
        end
    end
    -- Nothing but places of the dead: whoever sees it drops it.
    if text and #places.entries == 0 then places.changed = true end
    return places
end

local function releasePlaces(places, id)
    for index, entry in ipairs(places.entries) do
        if entry[3] == id then
            table.remove(places.entries, index)
            places.taken = places.taken - entry[2]
            places.changed = true
            return
        end
    end
end

local function takePlaces(places, id, count, milliseconds)
    releasePlaces(places, id) -- a call that is repeated after a lost reply
    places.entries[#places.entries + 1] = { now + milliseconds, count, id }
    places.taken = places.taken + count
    places.changed = true
end

local function placesText(places)
    local parts = {}
    for index, entry in ipairs(places.entries) do
        parts[index] = struct.pack('>I6BB', entry[1], entry[2], #entry[3]) .. entry[3]
    end
    return table.concat(parts)
end

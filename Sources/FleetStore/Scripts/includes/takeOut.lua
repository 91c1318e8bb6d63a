-- Takes jobs that wait out of the middle of their line, for those that end without having been claimed.
--   running(lane)                          how many jobs of it run: 0, or 1 and the riders
--   takeHead(lane, record)                 the head, of which nobody has a lease. Searches the ring, see withdraw
--   takeBehind(lane, records, gone)        those at the positions in `gone` (position -> true); `records` is all that
--                                          is behind the head, or its beginning where no priorities are mixed
--   takeLater(lane, key)                   a sync that waits for its not_before beside the line
--   failTaken(lane, record, failure, max)  its terminal entry, its dead letter, and the calendar of a connect
-- @include "advance"
-- @include "calendars"
-- @include "failWaiting"
-- @include "standing"
-- @include "withdraw"
local function running(lane)
    local lease = leaseOf(lane)
    return lease and 1 + (tonumber(string.match(lease, ':(%d+)$')) or 0) or 0
end

-- Where the lane stands after the jobs at `gone` behind the head have left: maybe in a lower ring.
local function standAnew(lane, records, gone)
    if redis.call('HEXISTS', mixedKey, lane) == 0 then return end
    local own = priorityOf(redis.call('HGET', headKey, lane))
    local from = standingOf(lane, own)
    local high, normal, left = 0, 0, 0
    for position, record in ipairs(records) do
        if not gone[position] then
            left = left + 1
            if priorityOf(record) == 'h' then high = left end
            if priorityOf(record) == 'n' then normal = left end
        end
    end
    if left == 0 then
        redis.call('HDEL', mixedKey, lane)
    else
        redis.call('HSET', mixedKey, lane, digits(high) .. ' ' .. digits(normal))
    end
    local to = standingOf(lane, own)
    if to == from or leaseOf(lane) then return end
    local time = redis.call('ZSCORE', dueKey, 'l' .. from .. lane)
    withdraw(lane, from)
    if time then redis.call('ZADD', dueKey, time, 'l' .. to .. lane) else place(to, { lane }) end
end

local function takeHead(lane, record)
    withdraw(lane, standingOf(lane, priorityOf(record)))
    advance({ { lane = lane, results = { {} } } })
end

local function takeBehind(lane, records, gone)
    local count = 0
    for position in pairs(gone) do
        redis.call('LREM', ns .. 'rest:' .. lane, 1, records[position])
        count = count + 1
    end
    if count == 0 then return end
    if redis.call('HINCRBY', moreKey, lane, -count) <= 0 then redis.call('HDEL', moreKey, lane) end
    standAnew(lane, records, gone)
end

local function takeLater(lane, key)
    redis.call('HDEL', ns .. 'later:' .. lane, key)
    redis.call('ZREM', dueKey, 'j' .. lane .. '\n' .. key)
end

local function failTaken(lane, record, failure, maxLength)
    failWaiting('J', lane, record, failure, maxLength)
    if kindOf(record) == 'c' then
        local _, requested = tailOf(record)
        reindexCalendars(lane, redis.call('HGET', connectionKey, lane), { requested })
    end
end

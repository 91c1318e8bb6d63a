-- cancelJob: ends a waiting job of a lane as cancelled; one that runs is left alone.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] lane · [3] job id · [4] failure as JSON · [5] results' maximal length
-- Returns  '1' cancelled · '0' it isn't there (any more) · '2' it runs, or is served by the run of another
-- Emits    KIND.failed with code cancelled, and its dead letter
-- Cost     searches the lane and the ring: for operators
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "advance"
-- @include "calendars"
-- @include "failWaiting"
-- @include "standing"
-- @include "withdraw"
local lane, id, failure, maxLength = ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local function isIt(record) return (tailOf(record)) == id end

-- How many jobs of the lane run: 0, or 1 and the riders.
local function running()
    local lease = leaseOf(lane)
    return lease and 1 + (tonumber(string.match(lease, ':(%d+)$')) or 0) or 0
end

-- Where the lane stands after the job at `gone` behind the head has left: maybe in a lower ring.
local function standAnew(records, gone)
    local own = priorityOf(redis.call('HGET', headKey, lane))
    local from = standingOf(lane, own)
    local high, normal, left = 0, 0, 0
    for position, record in ipairs(records) do
        if position ~= gone then
            left = left + 1
            if priorityOf(record) == 'h' then high = left end
            if priorityOf(record) == 'n' then normal = left end
        end
    end
    if redis.call('HEXISTS', mixedKey, lane) == 0 then return end
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

local function cancelled(record)
    failWaiting('J', lane, record, failure, maxLength)
    if kindOf(record) == 'c' then
        local _, requested = tailOf(record)
        reindexCalendars(lane, redis.call('HGET', connectionKey, lane), { requested })
    end
    return '1'
end

local function cancelHead(record)
    if running() > 0 then return '2' end
    withdraw(lane, standingOf(lane, priorityOf(record)))
    advance({ { lane = lane, results = { {} } } })
    return cancelled(record)
end

local function cancelBehind(rest)
    local records = redis.call('LRANGE', rest, 0, -1)
    for position, record in ipairs(records) do
        if isIt(record) then
            if position < running() then return '2' end
            redis.call('LREM', rest, 1, record)
            if redis.call('HINCRBY', moreKey, lane, -1) == 0 then redis.call('HDEL', moreKey, lane) end
            standAnew(records, position)
            return cancelled(record)
        end
    end
end

local function cancelLater(later)
    local entries = redis.call('HGETALL', later)
    for index = 1, #entries, 2 do
        if isIt(entries[index + 1]) then
            redis.call('HDEL', later, entries[index])
            redis.call('ZREM', dueKey, 'j' .. lane .. '\n' .. entries[index])
            return cancelled(entries[index + 1])
        end
    end
end

checkTypes()
local head = redis.call('HGET', headKey, lane)
if head and isIt(head) then return cancelHead(head) end
return cancelBehind(ns .. 'rest:' .. lane) or cancelLater(ns .. 'later:' .. lane) or '0'

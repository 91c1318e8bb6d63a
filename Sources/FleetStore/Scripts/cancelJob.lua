-- cancelJob: ends a waiting job of a lane as cancelled; one that runs is left alone.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] lane · [3] job id · [4] failure as JSON · [5] results' maximal length
-- Returns  '1' cancelled · '0' it isn't there (any more) · '2' it runs, or is served by the run of another
-- Emits    KIND.failed with code cancelled, and its dead letter
-- Cost     searches the lane and the ring: for operators
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "takeOut"
local lane, id, failure, maxLength = ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local function isIt(record) return (tailOf(record)) == id end

local function cancelled(record)
    failTaken(lane, record, failure, maxLength)
    return '1'
end

local function cancelHead(record)
    if running(lane) > 0 then return '2' end
    takeHead(lane, record)
    return cancelled(record)
end

local function cancelBehind(rest)
    local records = redis.call('LRANGE', rest, 0, -1)
    for position, record in ipairs(records) do
        if isIt(record) then
            if position < running(lane) then return '2' end
            takeBehind(lane, records, { [position] = true })
            return cancelled(record)
        end
    end
end

local function cancelLater(later)
    local entries = redis.call('HGETALL', later)
    for index = 1, #entries, 2 do
        if isIt(entries[index + 1]) then
            takeLater(lane, entries[index])
            return cancelled(entries[index + 1])
        end
    end
end

checkTypes()
local head = redis.call('HGET', headKey, lane)
if head and isIt(head) then return cancelHead(head) end
return cancelBehind(ns .. 'rest:' .. lane) or cancelLater(ns .. 'later:' .. lane) or '0'

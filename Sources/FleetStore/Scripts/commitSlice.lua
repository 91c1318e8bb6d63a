-- commitSlice: publishes up to 500 events of a run, and in its last slice ends the run: mirror, changes, connection,
-- result and end of the lease in one step.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] number of this call · [4] '1' if it was sent before
-- ARGV[5]  lane · [6] fence · [7] changes' maximal length · [8] '1' to write a fresh mirror beside the public one
-- then     mirror: number of values, event id, JSON, ... · number of ids to delete, the ids
--          companions, the same (private notes about an event)
--          bookings' records, their events, their intents, their former events, what the job has come to, each the
--          same (BookingWrites.swift)
--          number of changes, and for each: number of fields, the fields
--          '0' (more slices follow), or '1' and the end:
--            '1' to put the fresh mirror in the public one's place · '1' to purge the connection (disconnect)
--            its bookings: '0' kept · '1' forgotten (another mailbox) · '2' left (another calendar)
--            record of the connection, '' to leave it · next sync by itself in ms, '' for none, '-' to leave it
--            '1' to tidy up (connect, disconnect) · credential to let go or '' · failure as JSON for syncs that wait
--            for their not_before when the connection goes · results' maximal length
--            number of results, and for each: failure as JSON or '', number of fields, the fields
-- Returns  an error that names the key where one of the connection's holds another type: nothing was changed
--          '1' done; '0' the lease has passed on, nothing was changed
-- Emits    the changes, in order; then the results
-- Cost     3 ms for 500 events. Safe to repeat: a slice that was done answers '1' and does nothing
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "fence"
-- @include "laneTypes"
-- @include "soundly"
-- @include "owner"
-- @include "endJobs"
-- @include "endConnection"
local owner, call, again, lane, fence, changesLength = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local fresh = ARGV[8] == '1'
local cursor = 9

-- The next argument; the next `count` of them as a range.
local function nextText()
    cursor = cursor + 1
    return ARGV[cursor - 1]
end

local function nextRange()
    local count = tonumber(nextText())
    cursor = cursor + count
    return cursor - count, cursor - 1
end

local function inPieces(command, key, first, last)
    for start = first, last, 1000 do
        redis.call(command, key, unpack(ARGV, start, math.min(start + 999, last)))
    end
end

local function writeHash(key)
    inPieces('HSET', key, nextRange())
    inPieces('HDEL', key, nextRange())
end

local function emitChanges()
    for _ = 1, tonumber(nextText()) do
        local first, last = nextRange()
        redis.call('XADD', changesKey, 'MAXLEN', '~', changesLength, '*', unpack(ARGV, first, last))
    end
end

local function readResults()
    local results = {}
    for position = 1, tonumber(nextText()) do
        local failure = nextText()
        local first, last = nextRange()
        results[position] = { failure, first, last }
    end
    return results
end

local function endRun()
    local promote, purge, bookings = nextText() == '1', nextText() == '1', nextText()
    local record, nextSync = nextText(), nextText()
    local tidy, credential, cancelled, maxLength = nextText() == '1', nextText(), nextText(), nextText()
    if promote then promoteMirror(lane) end
    if bookings == '1' then forgetBookings(lane) end
    if bookings == '2' then leaveBookings(lane) end
    if record ~= '' then putConnection(lane, record) end
    if nextSync == '' then
        redis.call('ZREM', dueKey, 'p' .. lane)
    elseif nextSync ~= '-' then
        redis.call('ZADD', dueKey, nextSync, 'p' .. lane)
    end
    if purge then purgeConnection(lane, cancelled, maxLength) end
    redis.call('UNLINK', ns .. 'stage:' .. lane, ns .. 'done:' .. lane)
    endJobs(owner, { { lane = lane, tidy = tidy, credential = credential, results = readResults() } }, maxLength)
end

if earlierAnswer(owner, call, again) then return '1' end
local lease = soundly('HGET', ns .. 'w:' .. owner, lane)
if not holdsFence(lease, fence) then return '0' end

checkTypes()
local wrong = wrongHash({
    'events:' .. lane, 'fresh:' .. lane, 'own:' .. lane, 'freshown:' .. lane, 'book:' .. lane, 'bookev:' .. lane,
    'intent:' .. lane, 'former:' .. lane, 'done:' .. lane,
})
if wrong then return wrong end
rememberAnswer(owner, call, 'done') -- Redis refuses this write when its memory is full; then nothing has been done
writeHash(ns .. (fresh and 'fresh:' or 'events:') .. lane)
writeHash(ns .. (fresh and 'freshown:' or 'own:') .. lane)
for _, hash in ipairs(bookingHashes) do writeHash(ns .. hash .. lane) end
emitChanges()
if nextText() == '1' then endRun() end
return '1'

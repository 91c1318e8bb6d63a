-- What the last slice of a connect or disconnect does with a connection's keys.
--   events:LANE  hash  the public mirror                own:LANE       hash  private notes about its events
--   fresh:LANE   hash  a mirror in the making, beside   freshown:LANE  hash  its notes
--   book:LANE, bookev:LANE, intent:LANE, former:LANE, done:LANE  hashes  what is kept of bookings (BookingWrites.swift)
--   conn         hash  lane -> record (includes/connection.lua)
-- @include "calendars"
-- @include "cancelGone"
-- @include "connection"
-- @include "credentials"
-- @include "failWaiting"
-- @include "record"
-- @include "subscriptions"
local cancelledAtOnce = 200
local bookingHashes = { 'book:', 'bookev:', 'intent:', 'former:', 'done:' }

local function moveOver(from, to)
    redis.call('UNLINK', to) -- RENAME would free the old one in the foreground
    if redis.call('EXISTS', from) == 1 then redis.call('RENAME', from, to) end
end

-- The mirror in the making takes the public one's place in a moment, whatever its size.
local function promoteMirror(lane)
    moveOver(ns .. 'fresh:' .. lane, ns .. 'events:' .. lane)
    moveOver(ns .. 'freshown:' .. lane, ns .. 'own:' .. lane)
end

local function forgetBookings(lane)
    for _, hash in ipairs(bookingHashes) do redis.call('UNLINK', ns .. hash .. lane) end
end

-- Of bookings' events only where they are is kept; 1 ms for a thousand.
local function leaveBookings(lane)
    local live, former, cursor = ns .. 'bookev:' .. lane, ns .. 'former:' .. lane, '0'
    repeat
        local page = redis.call('HSCAN', live, cursor, 'COUNT', 500)
        cursor = page[1]
        for at = 1, #page[2], 2 do
            local event, booking = page[2][at], page[2][at + 1]
            local earlier = redis.call('HGET', former, booking)
            redis.call('HSET', former, booking, earlier and earlier .. ' ' .. event or event)
        end
    until cursor == '0'
    redis.call('UNLINK', ns .. 'book:' .. lane, live, ns .. 'intent:' .. lane)
end

local function putConnection(lane, record)
    local before = redis.call('HGET', connectionKey, lane)
    redis.call('HSET', connectionKey, lane, record)
    local requested, real, credential = connectionLine(record)
    if not before then
        reindexCalendars(lane, record, {})
        linkCredential(credential, lane)
        return
    end
    local oldRequested, oldReal, oldCredential = connectionLine(before)
    if oldRequested ~= requested or oldReal ~= real then
        reindexCalendars(lane, record, { oldRequested, oldReal })
    end
    if oldCredential ~= credential then
        linkCredential(credential, lane)
        unlinkCredential(oldCredential, lane)
    end
end

-- Syncs that were to join the line later: the disconnect has overtaken them. Few end here; of many the list is put
-- aside for the claims, which end it in bounded steps (includes/cancelGone.lua).
local function cancelWaiting(lane, failure, maxLength)
    local later = ns .. 'later:' .. lane
    if soundly('HLEN', later) > cancelledAtOnce then
        putGone(lane, later, failure, maxLength)
    else
        cancelSome(lane, later, redis.call('HKEYS', later), failure, maxLength)
    end
end

local function purgeConnection(lane, cancelled, maxLength)
    local record = redis.call('HGET', connectionKey, lane)
    redis.call('HDEL', connectionKey, lane)
    redis.call('ZREM', dueKey, 'p' .. lane)
    redis.call('HDEL', ns .. 'stalled', lane)
    leaveMailbox(lane)
    for _, hash in ipairs({ 'events:', 'own:', 'fresh:', 'freshown:' }) do redis.call('UNLINK', ns .. hash .. lane) end
    forgetBookings(lane)
    if record then
        local requested, real, credential = connectionLine(record)
        reindexCalendars(lane, false, { requested, real })
        unlinkCredential(credential, lane)
    end
    cancelWaiting(lane, cancelled, maxLength)
end

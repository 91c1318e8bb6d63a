-- expireJobs: ends jobs whose expires_at has passed while they wait in a line that doesn't move: behind a job that
-- runs, parked (backoff, Retry-After, not_before), or of a tenant that is held. A job that is ready is left to the
-- claim that comes to it. Every worker runs it every second or so, in bounded steps.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] failure as JSON · [3] results' maximal length · [4] lanes at most
-- Returns  { jobs that ended, '1' if more lanes are due }
-- Emits    KIND.failed with code expired, and its dead letter
-- Cost     2 us when nothing is due; else 10 us a lane and 2 us a job of it that is looked at. Safe to repeat
--
--   expiry  sorted set  lane -> the earliest expires_at (ms) of its jobs, or a little later. Written when a job with an
--                       expires_at joins (enqueue), and here; whatever left in the meantime is noticed here. Jobs
--                       without one never come near it.
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "clock"
-- @include "soundly"
-- @include "takeOut"
local failure, maxLength, lanesAtMost = ARGV[2], ARGV[3], tonumber(ARGV[4])
local expiryKey = ns .. 'expiry'
-- Of a line so many jobs are looked at; those further back when they have come nearer. (A line of mixed priorities is
-- read as a whole.)
local lookedAtMost = 500
-- When a job that is over can't be taken out, because it runs or is about to: look again.
local recheck = 5000

-- Notes when a lane has to be looked at again.
local function book(lane, times)
    if times.next then
        redis.call('ZADD', expiryKey, digits(times.next), lane)
    else
        redis.call('ZREM', expiryKey, lane)
    end
end

-- Whether a job is over and may go; if not, `times` knows when to look again.
local function isOver(record, mayGo, times)
    local ends = expiresOf(record)
    if ends == 0 or (ends <= now and mayGo) then return ends > 0 end
    local time = ends <= now and now + recheck or ends
    times.next = math.min(times.next or time, time)
    return false
end

-- Whether nobody comes to a lane for a while: it is parked, or its tenant is held.
local function isHeld(lane, head)
    local parked = redis.call('ZSCORE', dueKey, 'l' .. standingOf(lane, priorityOf(head)) .. lane)
    if parked and tonumber(parked) > now then return true end
    return tonumber(redis.call('HGET', heldKey, tenantOf(lane)) or 0) > now
end

local function expireBehind(lane, held, times)
    local rest = ns .. 'rest:' .. lane
    if redis.call('HEXISTS', moreKey, lane) == 0 then return {} end
    local isMixed = redis.call('HEXISTS', mixedKey, lane) == 1
    local records = soundly('LRANGE', rest, 0, isMixed and -1 or lookedAtMost - 1)
    local gone, over = {}, {}
    for position, record in ipairs(records) do
        if isOver(record, position >= held, times) then
            gone[position] = true
            over[#over + 1] = record
        end
    end
    -- Jobs that weren't looked at may be over, too.
    if not isMixed and #records == lookedAtMost then
        times.next = math.min(times.next or now + recheck, now + recheck)
    end
    takeBehind(lane, records, gone)
    return over
end

local function expireLater(lane, times)
    local over = {}
    local entries = soundly('HGETALL', ns .. 'later:' .. lane)
    for index = 1, #entries, 2 do
        if isOver(entries[index + 1], true, times) then
            takeLater(lane, entries[index])
            over[#over + 1] = entries[index + 1]
        end
    end
    return over
end

local function expire(lane)
    local times = {}
    local held = running(lane)
    local over = expireBehind(lane, held, times)
    local head = redis.call('HGET', headKey, lane)
    if head and isOver(head, held == 0 and isHeld(lane, head), times) then
        takeHead(lane, head)
        table.insert(over, 1, head)
    end
    for _, record in ipairs(expireLater(lane, times)) do over[#over + 1] = record end
    for _, record in ipairs(over) do failTaken(lane, record, failure, maxLength) end
    book(lane, times)
    return #over
end

local lanes = redis.call('ZRANGEBYSCORE', expiryKey, '-inf', digits(now), 'LIMIT', 0, lanesAtMost)
if #lanes == 0 then return { 0, '0' } end
checkTypes()
local count = 0
for _, lane in ipairs(lanes) do count = count + expire(lane) end
return { count, #lanes == lanesAtMost and '1' or '0' }

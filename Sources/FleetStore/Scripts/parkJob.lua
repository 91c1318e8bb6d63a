-- parkJob: a leased job waits: for its backoff, or for a budget. Its lane leaves the ring and comes back by itself.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] number of this call · [4] '1' if it was sent before
-- ARGV[5]  lane · [6] fence · [7] why (one letter)
-- ARGV[8]  'f' a failure: counts an attempt · 'c' its run was given up: counts an attempt and a crash · 'd' a deferral
-- ARGV[9]  ms from now, or [10] the time itself in ms ('' if [9] is meant)
-- Returns  { '1', until ms }; { '0' } if the lease has passed on
-- Cost     4 us. Safe to repeat
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "fence"
-- @include "clock"
-- @include "owner"
-- @include "record"
-- @include "standing"
local owner, call, again, lane, fence = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local held = ns .. 'w:' .. owner
local earlier = earlierAnswer(owner, call, again)
if earlier then return { '1', earlier } end
local lease = soundly('HGET', held, lane)
if not holdsFence(lease, fence) then return { '0' } end

checkTypes()
writeThoughFull()
local untilTime = ARGV[10] ~= '' and ARGV[10] or digits(now + ARGV[9])
local record = redis.call('HGET', headKey, lane)
local counts = ARGV[8]
record = recount(record, counts == 'd' and 0 or 1, counts == 'c' and 1 or 0, counts == 'd' and 1 or 0, ARGV[7])
redis.call('HSET', headKey, lane, record)
redis.call('ZADD', dueKey, untilTime, 'l' .. standingOf(lane, priorityOf(record)) .. lane)
redis.call('HDEL', held, lane)
rememberAnswer(owner, call, untilTime)
return { '1', untilTime }

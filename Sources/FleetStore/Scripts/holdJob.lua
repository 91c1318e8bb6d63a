-- holdJob: a leased job met its tenant's empty budget, or its pause: it goes back to where it was, at the front of the
-- tenant's lanes, and no lane of the tenant is claimed before a time. Parked one by one they would all be claimed,
-- asked for, refused and parked again.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] number of this call · [4] '1' if it was sent before
-- ARGV[5]  lane · [6] fence · [7] ms from now
-- Returns  { '1', until ms }; { '0' } if the lease has passed on
-- Cost     6 us. Safe to repeat. Counts a deferral, no attempt
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "fence"
-- @include "owner"
-- @include "record"
-- @include "soundly"
-- @include "standing"
-- @include "holdTenant"
local owner, call, again, lane, fence = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local leases = ns .. 'w:' .. owner
local earlier = earlierAnswer(owner, call, again)
if earlier then return { '1', earlier } end
if not holdsFence(soundly('HGET', leases, lane), fence) then return { '0' } end

checkTypes()
writeThoughFull()
local tenant = tenantOf(lane)
forgetHolds()
local untilTime = digits(holdTenant(tenant, now + ARGV[7]))
local record = recount(redis.call('HGET', headKey, lane), 0, 0, 1, 't')
redis.call('HSET', headKey, lane, record)
redis.call('HDEL', leases, lane)
local mark = standingOf(lane, priorityOf(record)) .. tenant
soundly('LPUSH', ns .. 'ready:' .. mark, lane)
-- Without a ticket in the ring, nor a time to come back.
if redis.call('SADD', tickKey, mark) == 1 then redis.call('ZADD', dueKey, untilTime, 't' .. mark) end
rememberAnswer(owner, call, untilTime)
return { '1', untilTime }

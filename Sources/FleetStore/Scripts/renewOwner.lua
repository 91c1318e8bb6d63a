-- renewOwner: prolongs all leases of an owner at once.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] ms of the lease · [4] what it says of itself, or ''
-- Returns  { '1', now ms, deadline ms, number of leases }; { '0', now ms } if the owner was reaped, or is being reaped:
--          all that it holds is lost. Late but not reaped is in time
-- Cost     5 us, whatever it holds
-- @include "queueKeys"
-- @include "clock"
-- @include "owner"
local owner = ARGV[2]
writeThoughFull()
if not isRegistered(owner) then return { '0', digits(now) } end
local deadline = digits(now + ARGV[3])
redis.call('ZADD', ownersKey, 'XX', deadline, owner)
if ARGV[4] ~= '' then soundly('HSET', ns .. 'c:' .. owner, 'about', ARGV[4]) end
return { '1', digits(now), deadline, soundly('HLEN', ns .. 'w:' .. owner) }

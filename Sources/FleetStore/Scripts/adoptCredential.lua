-- adoptCredential: the credential that a connect's tokens belong to. One that ever had this refresh token is joined,
-- and the tokens that the connect brought are dropped: they are older, or the same. Else a new one is made of them.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] lane · [4] fence
-- ARGV[5]  SHA-256 of the refresh token (of the access token, without one); '' for app-only
-- ARGV[6]  id if it is new; for app-only the id itself · [7] sealed tokens; '' for app-only
-- Returns  { '1', id, '1' if it was made now }; { '0' } if the lease has passed on
-- Cost     6 us. Safe to repeat
-- @include "queueKeys"
-- @include "fence"
-- @include "soundly"
-- @include "credentials"
local owner, lane, fence, known, id, sealed = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local lease = soundly('HGET', ns .. 'w:' .. owner, lane)
if not holdsFence(lease, fence) then return { '0' } end

local earlier = known ~= '' and redis.call('HGET', ns .. 'credof', known)
if earlier and redis.call('EXISTS', ns .. 'cred:' .. earlier) == 1 then
    linkCredential(earlier, lane)
    return { '1', earlier, '0' }
end
local made = redis.call('HSETNX', ns .. 'cred:' .. id, 'version', 1)
if made == 1 then redis.call('HSET', ns .. 'cred:' .. id, 'sealed', sealed, 'dead', 0) end
linkCredential(id, lane)
if known ~= '' then
    redis.call('HSET', ns .. 'credof', known, id)
    redis.call('SADD', ns .. 'credknown:' .. id, known)
end
return { '1', id, made == 1 and '1' or '0' }

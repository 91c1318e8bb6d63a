-- registerOwner: makes an owner known before its first claim; its lease begins.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] ms of the lease · [4] what it says of itself, or ''
-- Returns  { '1', deadline ms }; { '0' } if the name is taken: choose another
-- Cost     5 us
-- @include "queueKeys"
-- @include "clock"
-- @include "soundly"
local owner = ARGV[2]
if redis.call('ZSCORE', ownersKey, owner) then return { '0' } end
local deadline = digits(now + ARGV[3])
redis.call('ZADD', ownersKey, deadline, owner)
if ARGV[4] ~= '' then soundly('HSET', ns .. 'c:' .. owner, 'about', ARGV[4]) end
return { '1', deadline }

-- suspectSubscription: a run found reason to look after its mailbox's subscription: changes that nobody announced, or a
-- consent that ended.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] lane
-- ARGV[3]  only if nothing was heard since then, in ms; '' in any case
-- Returns  '1' if somebody will look; '0' if the mailbox isn't watched, or was heard of
-- Cost     4 us. Safe to repeat
-- @include "queueKeys"
-- @include "subscriptions"
local lane, since = ARGV[2], ARGV[3]
local mailbox = redis.call('HGET', mailboxOfLaneKey, lane)
if not mailbox then return '0' end
local key = ns .. 'sub:' .. mailbox
local id, heard = unpack(redis.call('HMGET', key, 'id', 'heard'))
if not id then return '0' end
if since ~= '' and tonumber(heard or '0') >= tonumber(since) then return '0' end
redis.call('HSET', key, 'probe', 1)
redis.call('ZADD', dueSubscriptionsKey, digits(now), mailbox)
return '1'

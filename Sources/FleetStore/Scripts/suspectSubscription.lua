-- suspectSubscription: what a run has to say about its mailbox's subscription: changes that nobody announced, a consent
-- that ended, or only that the connection wants one. A connection that belongs to no mailbox yet (it was made by
-- workers without a webhook URL) joins.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] lane
-- ARGV[3]  it is suspect if nothing was heard since then, in ms; '' in any case; 0 never · [4] its mailbox
-- Returns  '1' if somebody will look; '0' if there is no reason to
-- Cost     4 us. Safe to repeat
-- @include "queueKeys"
-- @include "subscriptions"
local lane, since, wanted = ARGV[2], ARGV[3], ARGV[4]
local mailbox = redis.call('HGET', mailboxOfLaneKey, lane)
if not mailbox then
    if redis.call('HEXISTS', connectionKey, lane) == 0 then return '0' end
    joinMailbox(lane, wanted)
    redis.call('ZADD', dueSubscriptionsKey, digits(now), wanted)
    return '1'
end
local key = ns .. 'sub:' .. mailbox
local id, heard = unpack(redis.call('HMGET', key, 'id', 'heard'))
if not id then return '0' end
if since ~= '' and tonumber(heard or '0') >= tonumber(since) then return '0' end
redis.call('HSET', key, 'probe', 1)
redis.call('ZADD', dueSubscriptionsKey, digits(now), mailbox)
return '1'

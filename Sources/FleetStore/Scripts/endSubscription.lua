-- endSubscription: what a worker did about a mailbox's subscription, by whom holds it only.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] mailbox · [3] the word that names the holder
-- ARGV[4]  when there is something to do next, in ms; '' never
-- ARGV[5]  '1': its connections are to sync now (a gap has to be covered)
-- ARGV[6]  number of fields to set times two, then names and values; number of fields to delete, then their names;
--          number of lanes that no longer belong here, and the lanes
-- Returns  '1'; '0' if somebody else holds it now, and nothing was changed
-- Cost     8 us. Safe to repeat: a repeat answers '0' where the first did it
-- @include "queueKeys"
-- @include "pieces"
-- @include "place"
-- @include "subscriptions"
-- @include "wantSync"
local mailbox, word, nextDue, wakes = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local key, lanesKey = ns .. 'sub:' .. mailbox, ns .. 'sublanes:' .. mailbox
if redis.call('HGET', key, 'holder') ~= word then return '0' end

local cursor = 6
local function nextRange()
    local count = tonumber(ARGV[cursor])
    cursor = cursor + 1 + count
    return cursor - count, cursor - 1
end

local before = redis.call('HGET', key, 'id')
local first, last = nextRange()
if first <= last then redis.call('HSET', key, unpack(ARGV, first, last)) end
first, last = nextRange()
if first <= last then redis.call('HDEL', key, unpack(ARGV, first, last)) end
redis.call('HDEL', key, 'holder', 'until')
local after = redis.call('HGET', key, 'id')
if before and before ~= after then redis.call('HDEL', mailboxOfSubscriptionKey, before) end
if after then redis.call('HSET', mailboxOfSubscriptionKey, after, mailbox) end

first, last = nextRange()
for index = first, last do
    if redis.call('HGET', mailboxOfLaneKey, ARGV[index]) == mailbox then
        redis.call('HDEL', mailboxOfLaneKey, ARGV[index])
    end
    redis.call('ZREM', lanesKey, ARGV[index])
end
if not after and redis.call('ZCARD', lanesKey) == 0 then
    redis.call('UNLINK', key)
    nextDue = ''
end
if nextDue == '' then
    redis.call('ZREM', dueSubscriptionsKey, mailbox)
else
    redis.call('ZADD', dueSubscriptionsKey, nextDue, mailbox)
end
if wakes then
    for _, lane in ipairs(redis.call('ZRANGE', lanesKey, 0, 999)) do wantSync(lane, now) end
    ring()
end
return '1'

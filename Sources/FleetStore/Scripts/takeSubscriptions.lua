-- takeSubscriptions: mailboxes whose subscription needs something done, each for one worker at a time. A worker that
-- dies is followed by another when its time is over.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] a random word that names the holder, behind "LANE SP" for that lane's run:
--          it takes over from an earlier run of the same lane, which is dead · [3] ms that it may take
-- ARGV[4]  how many at most · [5] one mailbox by its name, whether anything is due or not; '' for those that are due
-- Returns  { now ms, when the next is due in ms or '', { mailbox, '1' taken or '0' held by another, fields of its hash,
--          lanes and when they joined }, ... }
-- Cost     3 us when nothing is due; 6 us a mailbox. Safe to repeat
-- @include "queueKeys"
-- @include "subscriptions"
local word, hold, limit, named = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local lanesAtMost = 1000

local function laneOf(holder) return holder and string.match(holder, '^(%S+) ') end

local function take(mailbox)
    local key = ns .. 'sub:' .. mailbox
    local holder, untilTime = unpack(redis.call('HMGET', key, 'holder', 'until'))
    local isFree = not holder or holder == word or tonumber(untilTime) <= now
        or laneOf(word) ~= nil and laneOf(word) == laneOf(holder)
    if isFree then
        redis.call('HSET', key, 'holder', word, 'until', digits(now + hold))
        redis.call('ZADD', dueSubscriptionsKey, digits(now + hold), mailbox)
    elseif named == '' then
        redis.call('ZADD', dueSubscriptionsKey, untilTime, mailbox)
    end
    return {
        mailbox, isFree and '1' or '0', redis.call('HGETALL', key),
        redis.call('ZRANGE', ns .. 'sublanes:' .. mailbox, 0, lanesAtMost - 1, 'WITHSCORES'),
    }
end

local mailboxes = { named }
if named == '' then
    mailboxes = redis.call('ZRANGEBYSCORE', dueSubscriptionsKey, '-inf', digits(now), 'LIMIT', 0, limit)
end
local answer = { digits(now), '' }
for _, mailbox in ipairs(mailboxes) do answer[#answer + 1] = take(mailbox) end
answer[2] = redis.call('ZRANGE', dueSubscriptionsKey, 0, 0, 'WITHSCORES')[2] or ''
return answer

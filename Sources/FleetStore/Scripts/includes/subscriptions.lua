-- Subscriptions: one per mailbox, for all its realtime connections, other tenants' too.
--   sub:MAILBOX      hash  id, digest (SHA-256 of clientState), credential (that made it), url, expires ms,
--                          renew ms (when to renew it), tries (failed ones since the last success), heard ms (when its
--                          connections were last told to sync), gone ('1': Graph dropped it), probe ('1': ask whether
--                          it lives), code (why there is none), r:CREDENTIAL ms (not tried with that before then),
--                          holder, until ms (who is at it: one worker at a time)
--   sublanes:MAILBOX zset  lane -> ms when it joined
--   sublane          hash  lane -> mailbox
--   subof            hash  subscription id -> mailbox
--   subdue           zset  mailbox -> ms when there is something to do for it
-- @include "clock"
-- @include "connection"
-- @include "record"
local dueSubscriptionsKey, mailboxOfLaneKey, mailboxOfSubscriptionKey = ns .. 'subdue', ns .. 'sublane', ns .. 'subof'

local function leaveMailbox(lane)
    local mailbox = redis.call('HGET', mailboxOfLaneKey, lane)
    if not mailbox then return end
    redis.call('HDEL', mailboxOfLaneKey, lane)
    redis.call('ZREM', ns .. 'sublanes:' .. mailbox, lane)
    -- Without lanes it has to go at Graph, too; with others it may have to change hands.
    redis.call('ZADD', dueSubscriptionsKey, digits(now), mailbox)
end

local function joinMailbox(lane, mailbox)
    local before = redis.call('HGET', mailboxOfLaneKey, lane)
    if before == mailbox then return end
    if before then leaveMailbox(lane) end
    redis.call('HSET', mailboxOfLaneKey, lane, mailbox)
    redis.call('ZADD', ns .. 'sublanes:' .. mailbox, digits(now), lane)
end

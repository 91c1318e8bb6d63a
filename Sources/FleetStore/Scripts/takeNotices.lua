-- takeNotices: what Graph's notifications say, checked and put to work: the connections of each mailbox are to sync,
-- and what Graph says about a subscription itself is left for a worker to see to.
--
-- A person's one act gives several notifications within seconds. The first is answered at once; those that follow
-- within the spacing make one more sync, at its end. So nothing is missed, and three in two seconds cost two syncs.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] spacing in ms · then for each notice: subscription id, SHA-256 of its
--          clientState, kind: 'c' something changed or was missed · 'r' removed · 'a' reauthorization is wanted
-- Returns  a character for each notice: '1' taken · '0' another clientState · '-' no such subscription
-- Cost     4 us a notice, and 4 us for each connection that is to sync. Safe to repeat
-- @include "queueKeys"
-- @include "pieces"
-- @include "place"
-- @include "subscriptions"
-- @include "wantSync"
local spacing = tonumber(ARGV[2])
local lanesAtMost = 1000
local told, outcomes, hurried = {}, {}, false

local function tellLanes(mailbox)
    local heard = tonumber(redis.call('HGET', ns .. 'sub:' .. mailbox, 'heard')) or 0
    local at = math.max(now, heard + spacing)
    local wanted = false
    for _, lane in ipairs(redis.call('ZRANGE', ns .. 'sublanes:' .. mailbox, 0, lanesAtMost - 1)) do
        wanted = wantSync(lane, at) or wanted
    end
    redis.call('HSET', ns .. 'sub:' .. mailbox, 'heard', digits(wanted and at or math.max(now, heard)))
    hurried = hurried or wanted and at == now
end

local function take(id, digest, kind)
    local mailbox = redis.call('HGET', mailboxOfSubscriptionKey, id)
    if not mailbox then return '-' end
    local key = ns .. 'sub:' .. mailbox
    local state = redis.call('HMGET', key, 'id', 'digest')
    if state[1] ~= id then return '-' end
    if state[2] ~= digest then return '0' end
    if kind == 'r' then
        redis.call('HSET', key, 'gone', 1)
    elseif kind == 'a' then
        redis.call('HSET', key, 'renew', 0)
    end
    if kind ~= 'c' then redis.call('ZADD', dueSubscriptionsKey, digits(now), mailbox) end
    if kind ~= 'a' and not told[mailbox] then
        told[mailbox] = true
        tellLanes(mailbox)
    end
    return '1'
end

for index = 3, #ARGV, 3 do
    outcomes[#outcomes + 1] = take(ARGV[index], ARGV[index + 1], ARGV[index + 2])
end
if hurried then ring() end
return table.concat(outcomes)

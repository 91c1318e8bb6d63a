-- reapOwners: takes back what a dead owner held, drops dead letters of old age, and puts lanes back that stand nowhere.
-- Any worker runs it; one owner a call, in bounded steps.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] leases at most
-- Returns  { owner or '', lanes taken back, '1' if more is left to reap, now ms, lanes that stood nowhere }
-- Cost     2 us a lease; 3 us a call when nobody is late and nothing waits, 60 us (at most 4 ms) when something does
-- A reaped job has used up an attempt, and a crash is counted apart. While an owner is being reaped its deadline is -1:
-- it can neither renew nor claim, but what it still holds it may still finish.
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "clock"
-- @include "owner"
-- @include "giveBack"
-- @include "auditLanes"
local auditedPerTurn = 20
-- Dead letters go after 30 days; in whole blocks of the stream, so a little later.
redis.call('XTRIM', deadKey, 'MINID', '~', digits(now - 30 * 86400000))

local late = redis.call('ZRANGEBYSCORE', ownersKey, '-inf', '(' .. digits(now), 'LIMIT', 0, 2)
local owner = late[1]
checkTypes()
writeThoughFull()
if not owner then return { '', 0, '0', digits(now), auditLanes(auditedPerTurn) } end
redis.call('ZADD', ownersKey, -1, owner)
local held = ns .. 'w:' .. owner
local lanes = soundly('HRANDFIELD', held, ARGV[2])
if #lanes > 0 then
    eachPiece(lanes, 1000, function(first, last) redis.call('HDEL', held, unpack(lanes, first, last)) end)
    giveBack(lanes, 1, 1)
    ring()
end
local left = redis.call('EXISTS', held) == 1
if not left then
    redis.call('ZREM', ownersKey, owner)
    redis.call('UNLINK', ns .. 'c:' .. owner)
end
return { owner, #lanes, (left or late[2]) and '1' or '0', digits(now), 0 }

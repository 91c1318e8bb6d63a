-- handBack: returns leases unused, as a draining worker does: no attempt is counted. May also sign the owner off.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] '1' to sign off: everything is returned and the owner forgotten
-- then     pairs of lane and fence
-- Returns  number of leases returned; those that had passed on are not among them
-- Cost     2 us a lease. Safe to repeat
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "fence"
-- @include "owner"
-- @include "giveBack"
local owner, signOff = ARGV[2], ARGV[3] == '1'
local held = ns .. 'w:' .. owner
local lanes = {}
if signOff then
    lanes = soundly('HKEYS', held)
else
    for index = 4, #ARGV, 2 do
        local lease = soundly('HGET', held, ARGV[index])
        if holdsFence(lease, ARGV[index + 1]) then lanes[#lanes + 1] = ARGV[index] end
    end
end
checkTypes()
writeThoughFull()
eachPiece(lanes, 1000, function(first, last) redis.call('HDEL', held, unpack(lanes, first, last)) end)
giveBack(lanes, 0, 0)
if #lanes > 0 then ring() end
if signOff then
    redis.call('ZREM', ownersKey, owner)
    redis.call('UNLINK', held, ns .. 'c:' .. owner)
end
return #lanes

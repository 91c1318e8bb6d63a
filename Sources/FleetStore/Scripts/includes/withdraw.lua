-- withdraw(lane, priority): takes a lane that is ready or parked out of ring, ready list and due. Searches the ring, so
-- it is for rare acts of operators; claims never do that.
-- @include "place"
local function withdraw(lane, priority)
    redis.call('ZREM', dueKey, 'l' .. priority .. lane)
    local mark = priority .. tenantOf(lane)
    local ready = ns .. 'ready:' .. mark
    if soundly('LREM', ready, 1, lane) == 1 then return end
    if redis.call('LREM', ringKeys[priority], 1, lane) == 0 then return end
    local ticket = redis.call('LPOP', ready)
    if ticket then redis.call('RPUSH', ringKeys[priority], ticket) else leaveRing({ mark }) end
end

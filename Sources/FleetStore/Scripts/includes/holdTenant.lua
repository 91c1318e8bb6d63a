-- holdTenant(tenant, untilTime): keeps a tenant's lanes out of the ring until a time (ms), or longer if they are kept
-- out for longer already. Nothing is moved: a ticket that stands in the ring loses its turn when it comes (claimJobs),
-- and its tenant comes back by itself through `due`.
-- releaseTenant(tenant): ends that at once.
--   held   hash  tenant -> until ms
-- @include "clock"
-- @include "place"
local function holdTenant(tenant, untilTime)
    local before = tonumber(redis.call('HGET', heldKey, tenant) or 0)
    if before < untilTime then redis.call('HSET', heldKey, tenant, digits(untilTime)) end
    return math.max(before, untilTime)
end

-- What a tenant that has nothing waiting was held for is forgotten when somebody looks: a few at a time.
local function forgetHolds()
    local some = redis.call('HRANDFIELD', heldKey, 8, 'WITHVALUES')
    for index = 1, #some, 2 do
        if tonumber(some[index + 1]) <= now then redis.call('HDEL', heldKey, some[index]) end
    end
end

local function releaseTenant(tenant)
    redis.call('HDEL', heldKey, tenant)
    local woken = false
    for priority in pairs(ringKeys) do
        if redis.call('ZADD', dueKey, 'XX', 'CH', digits(now), 't' .. priority .. tenant) == 1 then woken = true end
    end
    if woken then ring() end
end

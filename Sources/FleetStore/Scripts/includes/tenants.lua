-- What an operator set for a tenant: hash tenants, tenant -> "count window until" (see budgets).
-- tenantRecord(tenant): count, window and until as texts, '-' where nothing is set or its time is over.
-- setTenantRecord(tenant, count, window, untilTime)
-- @include "clock"
local function tenantRecord(tenant)
    local record = redis.call('HGET', tenantsKey, tenant)
    if not record then return '-', '-', '-' end
    local count, window, untilTime = string.match(record, '^(%S+) (%S+) (%S+)$')
    if untilTime ~= '-' and tonumber(untilTime) <= now then untilTime = '-' end
    return count, window, untilTime
end

local function setTenantRecord(tenant, count, window, untilTime)
    if count == '-' and untilTime == '-' then
        redis.call('HDEL', tenantsKey, tenant)
    else
        redis.call('HSET', tenantsKey, tenant, count .. ' ' .. window .. ' ' .. untilTime)
    end
end

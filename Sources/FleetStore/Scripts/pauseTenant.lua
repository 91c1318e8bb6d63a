-- pauseTenant: no job of a tenant is claimed before a time, and those that run wait at their next call to Graph.
-- Nothing is lost: payloads are taken in and keep their order.
--
-- KEYS     the queue's keys (includes/queueKeys.lua), then hash tenants (includes/tenants.lua)
-- ARGV[1]  namespace with its colon · [2] tenant · [3] until in ms, '' for good
-- Returns  { until ms }; {} if that time is over
-- Cost     5 us. Safe to repeat
-- @include "queueKeys"
-- @include "tenantKeys"
-- @include "tenants"
-- @include "holdTenant"
local forGood = 9999999999999
local tenant = ARGV[2]
local untilTime = tonumber(ARGV[3]) or forGood
if untilTime <= now then return {} end
local count, window = tenantRecord(tenant)
setTenantRecord(tenant, count, window, digits(untilTime))
-- An earlier pause may have been longer.
releaseTenant(tenant)
holdTenant(tenant, untilTime)
return { digits(untilTime) }

-- resumeTenant: ends a tenant's pause, and whatever else holds its lanes back: a budget that is still empty holds them
-- again when they ask.
--
-- KEYS     the queue's keys (includes/queueKeys.lua), then hash tenants (includes/tenants.lua)
-- ARGV[1]  namespace with its colon · [2] tenant
-- Returns  '1' if it was paused, else '0'
-- Cost     6 us. Safe to repeat
-- @include "queueKeys"
-- @include "tenantKeys"
-- @include "tenants"
-- @include "holdTenant"
local tenant = ARGV[2]
local count, window, untilTime = tenantRecord(tenant)
setTenantRecord(tenant, count, window, '-')
releaseTenant(tenant)
return untilTime ~= '-' and '1' or '0'

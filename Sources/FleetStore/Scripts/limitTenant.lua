-- limitTenant: gives a tenant a limit of its own, or takes it away. It holds from the next ask on, in all workers.
--
-- KEYS     the queue's keys (includes/queueKeys.lua), then hash tenants (includes/tenants.lua)
-- ARGV[1]  namespace with its colon · [2] tenant · [3] units, '-' for the fleet's own limit · [4] window in ms, or '-'
-- Returns  '1'
-- Cost     6 us. Safe to repeat
-- @include "queueKeys"
-- @include "tenantKeys"
-- @include "tenants"
-- @include "holdTenant"
local tenant = ARGV[2]
local _, _, untilTime = tenantRecord(tenant)
setTenantRecord(tenant, ARGV[3], ARGV[4], untilTime)
-- What waits for the old limit asks again.
if untilTime == '-' then releaseTenant(tenant) end
return '1'

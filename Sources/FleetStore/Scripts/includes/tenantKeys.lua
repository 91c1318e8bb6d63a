-- The last of the keys, behind the queue's; Keys.tenantControl (Swift).
local tenantsKey = KEYS[#KEYS]

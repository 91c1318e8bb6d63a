-- reportTenants: what is set for tenants, what holds them, and what they have used of their budget.
--
-- KEYS[1]  string  rates · KEYS[2] hash tenants (includes/budgetKeys.lua); `held` and b:GEN are derived
-- ARGV[1]  namespace with its colon · [2] limits where no worker has announced any, as askBudgets has them
-- ARGV[3]  a tenant, and on: at most 500
-- Returns  the units that the whole app has used · the limits that hold, as askBudgets has them; then six texts for
--          each tenant: paused until ms or '' · held until ms or '' · units used · limit · its window in ms · '1' if
--          that limit is its own
-- Cost     2 us a tenant
-- @include "budgetKeys"
-- @include "budgets"
local tenants, names = { unpack(ARGV, 3) }, { 'a' }
for index, tenant in ipairs(tenants) do names[index + 1] = 't' .. tenant end
local rates, text = readRates(redis.call('GET', ratesKey) or ARGV[2])
local fields = readFields(names)
local answer = { digits(openScope('a', fields['a'], rates.app).total), text }
if #tenants == 0 then return answer end
local controls = redis.call('HMGET', tenantsKey, unpack(tenants))
local held = redis.call('HMGET', ns .. 'held', unpack(tenants))
local function add(text) answer[#answer + 1] = text end
for index, tenant in ipairs(tenants) do
    local own, paused = controlOf(controls[index])
    local rate = own or rates.tenant
    local scope = openScope(names[index + 1], fields[names[index + 1]], rate)
    add(paused and digits(paused) or '')
    add(held[index] and tonumber(held[index]) > now and held[index] or '')
    add(digits(scope.total))
    add(digits(rate[1]))
    add(digits(rate[2]))
    add(own and '1' or '0')
end
return answer

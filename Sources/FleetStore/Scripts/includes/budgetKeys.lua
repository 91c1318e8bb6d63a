-- The keys of the budgets' scripts, in the order of Keys.budgets (Swift).
local ratesKey, tenantsKey = KEYS[1], KEYS[2]
local ns = ARGV[1]

-- announceRates: a worker says which limits it was started with, and hears which hold. Of workers that were started
-- with different ones the stricter hold: in each number the smaller count, the longer window.
--
-- KEYS[1]  string  rates: the strictest of all · KEYS[2] hash tenants (includes/budgetKeys.lua)
--          `announced`, derived: hash of limits -> ms until which somebody holds to them
-- ARGV[1]  namespace with its colon · [2] the caller's limits, as askBudgets has them · [3] ms for which this is good
-- Returns  the limits that hold
-- Cost     some 10 us. Safe to repeat
-- @include "budgetKeys"
-- @include "budgets"
local announced = ns .. 'announced'
redis.call('HSET', announced, ARGV[2], digits(now + ARGV[3]))
local text = ARGV[2]
local all = redis.call('HGETALL', announced)
for index = 1, #all, 2 do
    if tonumber(all[index + 1]) <= now then
        redis.call('HDEL', announced, all[index])
    else
        text = strictest(text, all[index])
    end
end
redis.call('SET', ratesKey, text, 'PX', ARGV[3])
redis.call('PEXPIRE', announced, ARGV[3])
return text

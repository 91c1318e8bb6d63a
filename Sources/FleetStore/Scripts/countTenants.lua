-- countTenants: one step of a walk over a big hash of the queue, counted by tenant, so that an operator's list moves
-- names and numbers and not the payloads behind them.
--
-- KEYS[1]  hash  lane -> anything: head, more, conn or w:OWNER
-- ARGV[1]  namespace with its colon · [2] cursor, '0' at first · [3] '1' to add up the values, else fields are counted
-- Returns  { next cursor ('0': done), tenant, number, tenant, number ... }; a tenant comes again in later steps
-- Cost     about 0.5 us a field, 500 fields a step
local cursor, summing = ARGV[2], ARGV[3] == '1'
local reply = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', 500)
local counts = {}
for index = 1, #reply[2], 2 do
    local tenant = string.match(reply[2][index], '^[^:]*')
    counts[tenant] = (counts[tenant] or 0) + (summing and tonumber(reply[2][index + 1]) or 1)
end
local answer = { reply[1] }
for tenant, count in pairs(counts) do
    answer[#answer + 1] = tenant
    answer[#answer + 1] = count
end
return answer

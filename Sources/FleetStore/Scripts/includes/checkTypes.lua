-- checkTypes(): fails where a key of the queue holds another type, before the caller writes anything. A script breaks
-- at the command that meets such a key, and nothing takes back what it wrote before: half a batch would be stored, and
-- stored again by the next try. 2 us.
local function checkTypes()
    for _, key in ipairs({ headKey, moreKey, connectionKey, heldKey, debtKey, mixedKey, voidKey }) do
        redis.call('HLEN', key)
    end
    for _, key in ipairs({ resultsKey, changesKey, deadKey }) do redis.call('XLEN', key) end
    for _, key in pairs(ringKeys) do redis.call('LLEN', key) end
    redis.call('SCARD', tickKey)
    redis.call('ZCARD', dueKey)
    redis.call('LLEN', wakeKey)
end

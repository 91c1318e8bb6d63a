-- readTerms(index): what a claim may bring, from the arguments at `index` on; returns it and the index behind it.
--   jobs at most · most per tenant that isn't named · number of (tenant, most) pairs, then those
--   number of (tenant, Graph calls, jobs) triples, then those: what jobs cost that ended since the last claim
local function readTerms(index)
    local terms = { limit = tonumber(ARGV[index]), perTenant = tonumber(ARGV[index + 1]), allowance = {}, charges = {} }
    terms.named = tonumber(ARGV[index + 2])
    index = index + 3
    for _ = 1, terms.named do
        terms.allowance[ARGV[index]] = tonumber(ARGV[index + 1])
        index = index + 2
    end
    local count = tonumber(ARGV[index])
    index = index + 1
    for position = 1, count do
        terms.charges[position] = {
            tenant = ARGV[index], calls = tonumber(ARGV[index + 1]), jobs = tonumber(ARGV[index + 2]),
        }
        index = index + 3
    end
    return terms, index
end

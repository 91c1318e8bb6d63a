-- streamGroups(key, limit): the consumer groups of a stream, at most `limit`; none where the key is no stream. Each is
--   { name, consumers, entries given out and not acknowledged, id of the last given out, entries read or -1,
--     ms since one of its consumers last asked (-1: none ever, or too many to look at) }
-- Redis's own `lag` isn't told: it was wrong after trimming (redis#13957), and nil after a deletion.
local consumersAtMost = 1000

local function factsOf(list)
    local facts = {}
    for index = 1, #list, 2 do facts[list[index]] = list[index + 1] end
    return facts
end

local function idleOf(key, name, consumers)
    if consumers == 0 or consumers > consumersAtMost then return -1 end
    local least = -1
    for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', key, name)) do
        local idle = factsOf(consumer).idle
        if least < 0 or idle < least then least = idle end
    end
    return least
end

local function streamGroups(key, limit)
    local listed = redis.pcall('XINFO', 'GROUPS', key)
    local groups = {}
    if listed.err then return groups end
    for index = 1, math.min(#listed, limit) do
        local facts = factsOf(listed[index])
        groups[index] = {
            facts.name, facts.consumers, facts.pending, facts['last-delivered-id'], facts['entries-read'] or -1,
            idleOf(key, facts.name, facts.consumers),
        }
    end
    return groups
end

-- trimStreams: takes from the public streams what is beyond their length, but nothing that a live consumer group still
-- needs. Any worker calls it now and then.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] length of results · [3] length of changes
-- ARGV[4]  ms after which a group of which no consumer asks is dead · [5] entries taken at most
-- Returns  for results, then changes: { taken, '1' if there is more to take, the live group that holds the most back
--          or '', live groups that have lost entries, dead groups that have }
-- Cost     20 us, and 1 us for 20 entries taken
-- A live group holds a stream back to twice its length: beyond that whoever writes cuts it (Store.Options), reader or
-- none, and a dead group holds nothing. Redis keeps entries in blocks of about 100 and drops whole blocks.
-- @include "queueKeys"
-- @include "streamGroups"
local idleAtMost, step = tonumber(ARGV[4]), tonumber(ARGV[5])

local function partsOf(id)
    local first, second = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(first), tonumber(second)
end

local function isBefore(left, right)
    local leftTime, leftNumber = partsOf(left)
    local rightTime, rightNumber = partsOf(right)
    return leftTime < rightTime or leftTime == rightTime and leftNumber < rightNumber
end

-- The oldest entry that a group still needs, and whether one that it needed is gone.
local function needOf(key, group, facts)
    local need = group[4]
    local pending = redis.call('XPENDING', key, group[1])
    if pending[1] > 0 and isBefore(pending[2], need) then need = pending[2] end
    local first = facts['first-entry']
    local trimmed = facts['entries-added'] - facts.length
    local lost = group[5] >= 0 and group[5] < trimmed
        or pending[1] > 0 and first and isBefore(pending[2], first[1])
    return need, lost
end

local function trim(key, length)
    local answer = { 0, '0', '', {}, {} }
    local info = redis.pcall('XINFO', 'STREAM', key)
    if info.err then return answer end
    local facts = factsOf(info)
    local floor
    for _, group in ipairs(streamGroups(key, 100)) do
        local need, lost = needOf(key, group, facts)
        local isLive = group[6] >= 0 and group[6] <= idleAtMost
        if lost then
            local list = answer[isLive and 4 or 5]
            list[#list + 1] = group[1]
        end
        if isLive and (not floor or isBefore(need, floor)) then floor, answer[3] = need, group[1] end
    end
    local excess = facts.length - length
    if excess <= 0 then
        answer[3] = ''
        return answer
    end
    if floor then
        answer[1] = redis.call('XTRIM', key, 'MINID', '~', floor, 'LIMIT', math.min(excess, step))
    else
        answer[1] = redis.call('XTRIM', key, 'MAXLEN', '~', length, 'LIMIT', step)
    end
    -- Less than a block is no reason to come again.
    if answer[1] >= 100 and excess - answer[1] >= 100 then answer[2] = '1' end
    if excess - answer[1] < 1000 then answer[3] = '' end
    return answer
end

return { trim(resultsKey, tonumber(ARGV[2])), trim(changesKey, tonumber(ARGV[3])) }

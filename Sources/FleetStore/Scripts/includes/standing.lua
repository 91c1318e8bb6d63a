-- Which ring a lane belongs to: that of the highest priority that waits in it, so that a high job behind a low one
-- brings the whole line forward (the order within the line never changes).
--
--   mixed  hash  lane -> "H N": how many jobs must leave the line behind the head until its last high one is head, and
--                until its last normal one is; 0 where there is none. Only lanes whose jobs differ stand here: of all
--                others the head's priority is everybody's.
--   void   hash  priority + lane -> how many entries of that lane in that ring count for nothing, because the lane was
--                lifted into a higher one. To search a ring for the entry would cost what the ring is long; so it stays
--                and is dropped when its turn comes (claimJobs).
-- @include "clock"
-- @include "place"
-- @include "record"
-- @include "soundly"
local rankOf = { h = 3, n = 2, l = 1 }

local function readMix(mix)
    local high, normal = string.match(mix, '^(%d+) (%d+)$')
    return tonumber(high), tonumber(normal)
end

-- The priority for which a lane stands whose head has priority `own`.
local function highest(own, mix)
    if not mix then return own end
    local high, normal = readMix(mix)
    if own == 'h' or high > 0 then return 'h' end
    if own == 'n' or normal > 0 then return 'n' end
    return 'l'
end

local function standingOf(lane, own) return highest(own, redis.call('HGET', mixedKey, lane)) end

-- Whoever runs this lane's head: its lease, or nil.
local function leaseOf(lane)
    for _, owner in ipairs(redis.call('ZRANGE', ownersKey, 0, -1)) do
        local lease = soundly('HGET', ns .. 'w:' .. owner, lane)
        if lease then return lease end
    end
end

-- Brings a lane that is ready or parked from one ring to a higher one; one that runs is placed when its lease ends.
local function lift(lane, from, to, ready)
    local time = redis.call('ZSCORE', dueKey, 'l' .. from .. lane)
    if time then
        redis.call('ZREM', dueKey, 'l' .. from .. lane)
        redis.call('ZADD', dueKey, time, 'l' .. to .. lane)
    elseif not leaseOf(lane) then
        redis.call('HINCRBY', voidKey, from .. lane, 1)
        gather(ready, lane, to)
    end
end

-- A job of this priority has joined the line as the `length`th behind the head.
local function joined(lane, priority, length, ready)
    local mix = redis.call('HGET', mixedKey, lane)
    local own = priorityOf(redis.call('HGET', headKey, lane))
    if not mix and own == priority then return end
    local from = highest(own, mix)
    local high, normal = own == 'h' and length - 1 or 0, own == 'n' and length - 1 or 0
    if mix then high, normal = readMix(mix) end
    if priority == 'h' then high = length elseif priority == 'n' then normal = length end
    mix = digits(high) .. ' ' .. digits(normal)
    redis.call('HSET', mixedKey, lane, mix)
    local to = highest(own, mix)
    if rankOf[to] > rankOf[from] then lift(lane, from, to, ready) end
end

-- The first `count` jobs behind the head have left, `left` are still there.
local function haveLeft(lane, count, left)
    local mix = redis.call('HGET', mixedKey, lane)
    if not mix then return end
    if left <= 0 then
        redis.call('HDEL', mixedKey, lane)
    else
        local high, normal = readMix(mix)
        high, normal = math.max(0, high - count), math.max(0, normal - count)
        redis.call('HSET', mixedKey, lane, digits(high) .. ' ' .. digits(normal))
    end
end

-- Ends syncs that waited for their not_before when their connection was disconnected, however many there are.
--
--   gone:LANE LF ms   hash  what later:LANE was; its field `!` holds "results' maximal length SP failure as JSON"
--   due               member x + "LANE LF ms", due at once, until the hash is empty
-- New syncs of a new connection of that lane go into a later:LANE of their own meanwhile.
-- @include "clock"
-- @include "failWaiting"
-- @include "place"
-- @include "record"
-- @include "soundly"
local cancelledPerTurn = 100

local function cancelSome(lane, from, keys, failure, maxLength)
    for _, key in ipairs(keys) do
        local record = redis.call('HGET', from, key)
        if originOf(record) == 'p' then failWaiting('J', lane, record, failure, maxLength) end
        redis.call('HDEL', from, key)
        -- A name may stand for another sync by now.
        if redis.call('HEXISTS', ns .. 'later:' .. lane, key) == 0 then
            redis.call('ZREM', dueKey, 'j' .. lane .. '\n' .. key)
        end
    end
end

local function putGone(lane, later, failure, maxLength)
    local name = lane .. '\n' .. digits(now)
    redis.call('RENAME', later, ns .. 'gone:' .. name)
    redis.call('HSET', ns .. 'gone:' .. name, '!', maxLength .. ' ' .. failure)
    redis.call('ZADD', dueKey, digits(now), 'x' .. name)
    ring()
end

-- A step of it; true once nothing is left.
local function cancelGone(name)
    local lane, gone = string.match(name, '^[^\n]*'), ns .. 'gone:' .. name
    local note = soundly('HGET', gone, '!')
    if not note then
        redis.call('UNLINK', gone)
        return true
    end
    local maxLength, failure = string.match(note, '^(%d+) (.*)$')
    local keys = {}
    for _, key in ipairs(redis.call('HRANDFIELD', gone, cancelledPerTurn)) do
        if key ~= '!' then keys[#keys + 1] = key end
    end
    cancelSome(lane, gone, keys, failure, maxLength)
    if redis.call('HLEN', gone) > 1 then return false end
    redis.call('UNLINK', gone)
    return true
end

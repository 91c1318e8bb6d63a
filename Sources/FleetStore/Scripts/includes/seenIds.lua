-- seenBefore(ids, ttl): which of these ids ("tenant:id") were stored within the last `ttl` seconds; by index, and
-- counting repeats within the list. rememberIds(ids) enters them. One hash per day (id:DAY, id -> seconds), because a
-- key per id costs more in time and memory; idDays names the days that exist, so that old ones can be dropped whole.
-- @include "clock"
-- @include "pieces"
local secondsOfDay = 86400
local nowSeconds = math.floor(now / 1000)
local today = math.floor(nowSeconds / secondsOfDay)

local function idDay(day) return ns .. 'id:' .. day end

local function seenBefore(ids, ttl)
    local seen = {}
    local oldest = math.floor((nowSeconds - ttl) / secondsOfDay)
    eachPiece(ids, 1000, function(first, last)
        for day = today, oldest, -1 do
            if redis.call('EXISTS', idDay(day)) == 1 then
                for index, seconds in ipairs(redis.call('HMGET', idDay(day), unpack(ids, first, last))) do
                    if seconds and nowSeconds - seconds < ttl then seen[first + index - 1] = true end
                end
            end
        end
    end)
    local here = {}
    for index, id in ipairs(ids) do
        if here[id] then seen[index] = true end
        here[id] = true
    end
    return seen
end

local function dropOldDays(ttl)
    local oldest = math.floor((nowSeconds - ttl) / secondsOfDay)
    for _, day in ipairs(redis.call('SMEMBERS', idDaysKey)) do
        if tonumber(day) < oldest then
            redis.call('UNLINK', idDay(day))
            redis.call('SREM', idDaysKey, day)
        end
    end
end

local function rememberIds(ids, ttl)
    if #ids == 0 then return end
    if redis.call('EXISTS', idDay(today)) == 0 then
        redis.call('SADD', idDaysKey, today)
        dropOldDays(ttl)
    end
    local fields = {}
    for index, id in ipairs(ids) do
        fields[2 * index - 1] = id
        fields[2 * index] = nowSeconds
    end
    eachPiece(fields, 2000, function(first, last) redis.call('HSET', idDay(today), unpack(fields, first, last)) end)
end

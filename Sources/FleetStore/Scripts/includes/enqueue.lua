-- enqueue(lane, record, ready, key): puts a job where it belongs: in its line, or, a sync whose not_before has not
-- come, beside it (later:LANE, under `key`, which nothing else may have used). Lanes that became ready go to `ready`.
-- When it expires is kept for its lane (expireJobs).
-- @include "append"
-- @include "clock"
-- @include "calendars"
-- @include "place"
-- @include "record"
-- @include "soundly"
local function enqueue(lane, record, ready, key)
    local kind, notBefore = kindOf(record), notBeforeOf(record)
    local expires = expiresOf(record)
    if expires > 0 then soundly('ZADD', ns .. 'expiry', 'LT', digits(expires), lane) end
    local waits = notBefore > 0 and notBefore > now
    if waits and kind == 's' then
        soundly('HSET', ns .. 'later:' .. lane, key, record)
        redis.call('ZADD', dueKey, digits(notBefore), 'j' .. lane .. '\n' .. key)
        return
    end
    if kind == 'c' then
        local _, requested = tailOf(record)
        indexCalendar(lane, requested)
    end
    if append(lane, record, ready) then
        local priority = priorityOf(record)
        if waits then
            redis.call('ZADD', dueKey, digits(notBefore), 'l' .. priority .. lane)
        else
            gather(ready, lane, priority)
        end
    end
end

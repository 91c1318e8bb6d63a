-- wakeDue(limit): moves what is due back into the ring, at most `limit` entries, so that a million periodic connections
-- cost what is due and not what exists. Members of `due`:
--   l + priority + lane   a lane in backoff or held by its head's not_before
--   p + lane              a periodic connection; it stays, at its next time, and makes a job if the lane is idle
--   t + priority + tenant a tenant held back: its lanes wait in its ready list without a ticket
--   j + lane LF id        a sync with not_before that joins its line now (its record lies in later:LANE)
--   x + lane LF ms        syncs of a connection that is gone (cancelGone); it stays until the last is cancelled
-- @include "clock"
-- @include "pieces"
-- @include "place"
-- @include "append"
-- @include "cancelGone"
-- @include "connection"

-- The job of a timer: a plain sync without id and payload, for which no result is written.
local function timerRecord()
    return '1srnt-000000000' .. string.format('%013.0f', now) .. string.rep('0', 26) .. '\n\n\n\n\n'
end

local function wakePeriodic(lanes, ready)
    local connections = redis.call('HMGET', connectionKey, unpack(lanes))
    local moves, gone = {}, {}
    for index, lane in ipairs(lanes) do
        local period = connections[index] and periodOf(connections[index]) or 0
        if period == 0 then
            gone[#gone + 1] = 'p' .. lane
        else
            moves[#moves + 1] = digits(now + period)
            moves[#moves + 1] = 'p' .. lane
            if redis.call('HSETNX', headKey, lane, timerRecord()) == 1 then gather(ready, lane, 'n') end
        end
    end
    if #moves > 0 then redis.call('ZADD', dueKey, unpack(moves)) end
    if #gone > 0 then redis.call('ZREM', dueKey, unpack(gone)) end
end

local function wakeTenant(mark)
    local lane = soundly('LPOP', ns .. 'ready:' .. mark)
    if lane then
        redis.call('RPUSH', ringKeys[string.sub(mark, 1, 1)], lane)
    else
        leaveRing({ mark })
    end
end

local function joinLine(member, ready)
    local lane, id = string.match(member, '^j([^\n]*)\n(.*)$')
    local later = ns .. 'later:' .. lane
    local record = soundly('HGET', later, id)
    if not record then return end
    redis.call('HDEL', later, id)
    if append(lane, record, ready) then gather(ready, lane, priorityOf(record)) end
end

local function wakeDue(limit)
    local members = redis.call('ZRANGEBYSCORE', dueKey, '-inf', digits(now), 'LIMIT', 0, limit)
    if #members == 0 then return end
    local ready, periodic, once = {}, {}, {}
    for _, member in ipairs(members) do
        local sort = string.sub(member, 1, 1)
        if sort == 'p' then
            periodic[#periodic + 1] = string.sub(member, 2)
        elseif sort == 'x' then
            if cancelGone(string.sub(member, 2)) then once[#once + 1] = member end
        else
            once[#once + 1] = member
            if sort == 'l' then
                gather(ready, string.sub(member, 3), string.sub(member, 2, 2))
            elseif sort == 't' then
                wakeTenant(string.sub(member, 2))
            elseif sort == 'j' then
                joinLine(member, ready)
            end
        end
    end
    if #once > 0 then redis.call('ZREM', dueKey, unpack(once)) end
    if #periodic > 0 then wakePeriodic(periodic, ready) end
    placeAll(ready)
end

-- advance(jobs): the heads of these lanes have ended, and with each as many of the jobs behind it as it has further
-- results (its riders). The next in line becomes head; a lane without one is gone.
-- @include "clock"
-- @include "deadLetter"
-- @include "pieces"
-- @include "place"
-- @include "record"
-- @include "soundly"
-- @include "standing"

-- Takes the riders that were served off the lane; those that failed leave a dead letter each.
local function endRiders(job, rest)
    local count = #job.results - 1
    if count < 1 then return 0 end
    local riders = soundly('LPOP', rest, count) or {}
    for index, record in ipairs(riders) do
        local failure = job.results[index + 1][1]
        if failure ~= '' then deadLetter('J', job.lane, record, failure) end
    end
    return #riders
end

-- Makes `record` the head of the lane: ready, or parked while its not_before has not come.
local function becomeHead(lane, record, ready)
    redis.call('HSET', headKey, lane, record)
    local priority = standingOf(lane, priorityOf(record))
    local notBefore = notBeforeOf(record)
    if notBefore > now then
        redis.call('ZADD', dueKey, digits(notBefore), 'l' .. priority .. lane)
    else
        gather(ready, lane, priority)
    end
end

local function advance(jobs)
    local idle, ready = {}, {}
    local lanes = {}
    for index, job in ipairs(jobs) do lanes[index] = job.lane end
    local lengths = {}
    if redis.call('EXISTS', moreKey) == 1 then
        eachPiece(lanes, 1000, function(first, last)
            for index, length in ipairs(redis.call('HMGET', moreKey, unpack(lanes, first, last))) do
                lengths[first + index - 1] = length
            end
        end)
    end
    for index, job in ipairs(jobs) do
        if not lengths[index] then
            idle[#idle + 1] = job.lane
        else
            local rest = ns .. 'rest:' .. job.lane
            local ended = endRiders(job, rest)
            local record = soundly('LPOP', rest)
            -- Without a record the list was lost (see soundly), and its length with it.
            local left = record and lengths[index] - ended - 1 or 0
            haveLeft(job.lane, ended + 1, left)
            if left > 0 then redis.call('HSET', moreKey, job.lane, left) else redis.call('HDEL', moreKey, job.lane) end
            if record then becomeHead(job.lane, record, ready) else idle[#idle + 1] = job.lane end
        end
    end
    eachPiece(idle, 1000, function(first, last) redis.call('HDEL', headKey, unpack(idle, first, last)) end)
    placeAll(ready)
end

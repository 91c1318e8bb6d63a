-- endJobs(owner, jobs, maxLength): ends leases that the caller has checked: results, dead letters, the next job of each
-- lane.
-- A job: { lane, tidy (true for connect and disconnect), credential to let go or '', results = { { failure JSON or '',
-- first, last }, ... } } where first..last are the ARGV of a result's fields (none: first > last). The first result is
-- the job's own, the others those of its riders, in their order.
-- @include "advance"
-- @include "calendars"
-- @include "credentials"
-- @include "deadLetter"
-- @include "record"

-- What a connect or disconnect that ended leaves behind unless a connection record claims it.
local function tidyUp(lane, record, credential)
    local connection = redis.call('HGET', connectionKey, lane)
    local _, requested = tailOf(record)
    reindexCalendars(lane, connection, { requested })
    redis.call('UNLINK', ns .. 'stage:' .. lane, ns .. 'fresh:' .. lane, ns .. 'freshown:' .. lane)
    if credential ~= '' then
        local used = ''
        if connection then local _, _, id = connectionLine(connection) used = id end
        if used ~= credential then unlinkCredential(credential, lane) end
    end
end

local function publish(job, record, maxLength)
    for _, result in ipairs(job.results) do
        if result[2] <= result[3] then
            redis.call('XADD', resultsKey, 'MAXLEN', '~', maxLength, '*', unpack(ARGV, result[2], result[3]))
        end
    end
end

-- Heads are read only where they are needed again: for a dead letter, or to tidy up.
local function headsFor(jobs)
    local lanes, heads = {}, {}
    for _, job in ipairs(jobs) do
        if job.tidy or job.results[1] and job.results[1][1] ~= '' then lanes[#lanes + 1] = job.lane end
    end
    eachPiece(lanes, 1000, function(first, last)
        for index, record in ipairs(redis.call('HMGET', headKey, unpack(lanes, first, last))) do
            heads[lanes[first + index - 1]] = record
        end
    end)
    return heads
end

local function endJobs(owner, jobs, maxLength)
    if #jobs == 0 then return end
    local heads = headsFor(jobs)
    local lanes = {}
    for index, job in ipairs(jobs) do
        lanes[index] = job.lane
        local record = heads[job.lane]
        publish(job, record, maxLength)
        if record and job.results[1][1] ~= '' then deadLetter('J', job.lane, record, job.results[1][1]) end
        if record and job.tidy then tidyUp(job.lane, record, job.credential) end
    end
    eachPiece(lanes, 1000, function(first, last)
        redis.call('HDEL', ns .. 'w:' .. owner, unpack(lanes, first, last))
    end)
    advance(jobs)
end

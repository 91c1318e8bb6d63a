-- storeJobs: what a worker read out of a batch takes its place (intake, second step), and the next batch may be taken.
--
-- KEYS     the queue's keys, then intake's (includes/queueKeys.lua, includes/intakeKeys.lua)
-- ARGV[1]  namespace with its colon
-- ARGV[2]  owner · [3] number of the batch · [4] seconds that ids are remembered · [5] results' maximal length
-- ARGV[6]  jobs that the caller itself will claim at once
-- ARGV[7]  failure as JSON for a calendar that fits no connection · [8] for one that fits several
-- ARGV[9]  payloads of the next batch at most (0: don't take) · [10] its ms · [11] longest payload in bytes
-- ARGV[12] number of decisions, then each:
--            J lane, "tenant:id" or '' if the id is ours, record          a job
--            C "tenant:calendar", the same or '', record                  a job whose lane the calendar must name
--            R "tenant:id", kept bytes, failure, number of fields, fields     not a job; the fields are its result
--            N version, bytes                                             of a newer version: put aside as it is
-- Returns  { '1', jobs, duplicates, rejected, unresolved, next batch as takeBatch says or false }; { '0' } if the batch
--          isn't this one any more: it was stored before by somebody who took it over, or is somebody else's now
-- Emits    job.duplicate, job.rejected, and KIND.failed for calendars that name no lane, each with its dead letter
-- Cost     4 us a job, 2 more for one with an id. Safe to repeat: a batch that is stored answers what it answered
-- @include "queueKeys"
-- @include "intakeKeys"
-- @include "checkTypes"
-- @include "deadLetter"
-- @include "enqueue"
-- @include "failWaiting"
-- @include "seenIds"
-- @include "soundly"
-- @include "takeBatch"
local owner, number, ttl, maxLength = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local claimsItself = tonumber(ARGV[6])
local notConnected, ambiguous = ARGV[7], ARGV[8]
local first = 13

local function takeNext()
    local limit = tonumber(ARGV[9])
    return limit > 0 and takeBatch(owner, limit, tonumber(ARGV[10]), tonumber(ARGV[11])) or false
end

local function answer(report)
    local jobs, duplicates, rejected, unresolved = string.match(report, '^(%d+) (%d+) (%d+) (%d+)$')
    return { '1', jobs, duplicates, rejected, unresolved, takeNext() }
end

local function emitDuplicate(sort, target, record)
    local id = tailOf(record)
    emitWaiting('job.duplicate', sort, target, record, maxLength, 'data', '{"of":' .. cjson.encode(id) .. '}')
end

-- Where each decision begins, and the ids that have to be looked up.
local function readDecisions()
    local starts, ids, idOf = {}, {}, {}
    local cursor = first
    for index = 1, tonumber(ARGV[12]) do
        starts[index] = cursor
        local sort = ARGV[cursor]
        if sort == 'J' or sort == 'C' then
            local id = ARGV[cursor + 2]
            if id ~= '' then
                ids[#ids + 1] = id
                idOf[index] = #ids
            end
            cursor = cursor + 4
        elseif sort == 'R' then
            cursor = cursor + 5 + ARGV[cursor + 4]
        else
            cursor = cursor + 3
        end
    end
    return starts, ids, idOf
end

local function reject(start)
    redis.call('XADD', resultsKey, 'MAXLEN', '~', maxLength, '*', unpack(ARGV, start + 5, start + 4 + ARGV[start + 4]))
    deadLetter('R', ARGV[start + 1], ARGV[start + 2], ARGV[start + 3])
end

-- The lane of a job, or nil and why there is none.
local function laneOf(sort, target)
    if sort == 'J' then return target end
    local tenant, calendar = string.match(target, '^([^:]*):(.*)$')
    local lanes = lanesOfCalendar(tenant, calendar)
    if #lanes == 1 then return lanes[1] end
    return nil, #lanes == 0 and notConnected or ambiguous
end

local current = redis.call('HMGET', intakeKey, 'number', 'done', 'report')
if current[2] == number then return answer(current[3] or '0 0 0 0') end
if current[1] ~= number then return { '0' } end
checkTypes()
redis.call('SCARD', idDaysKey)
-- Refused when Redis's memory is full, before anything is done.
redis.call('HSET', intakeKey, 'owner', owner)

local starts, ids, idOf = readDecisions()
local seen = #ids > 0 and seenBefore(ids, ttl) or {}
local ready, remembered = {}, {}
local jobs, duplicates, rejected, unresolved = 0, 0, 0, 0
for index, start in ipairs(starts) do
    local sort, target = ARGV[start], ARGV[start + 1]
    if sort == 'R' then
        rejected = rejected + 1
        reject(start)
    elseif sort == 'N' then
        soundly('SADD', ns .. 'newer', target)
        soundly('RPUSH', ns .. 'newer:' .. target, ARGV[start + 2])
    elseif idOf[index] and seen[idOf[index]] then
        duplicates = duplicates + 1
        emitDuplicate(sort, target, ARGV[start + 3])
    else
        local record = ARGV[start + 3]
        if idOf[index] then remembered[#remembered + 1] = ids[idOf[index]] end
        local lane, failure = laneOf(sort, target)
        if lane then
            jobs = jobs + 1
            enqueue(lane, record, ready, number .. '.' .. index)
        else
            unresolved = unresolved + 1
            failWaiting('C', target, record, failure, maxLength)
        end
    end
end
placeAll(ready)
rememberIds(remembered, ttl)
if jobs > claimsItself then ring() end

local report = jobs .. ' ' .. duplicates .. ' ' .. rejected .. ' ' .. unresolved
redis.call('UNLINK', itemsKey)
redis.call('HSET', intakeKey, 'done', number, 'report', report)
return answer(report)

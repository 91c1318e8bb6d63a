-- finishJobs: ends jobs with their results, a batch at a time.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon
-- ARGV[2]  owner · [3] number of this call · [4] '1' if it was sent before · [5] results' maximal length
-- ARGV[6]  number of jobs, and for each: lane, fence, '1' to tidy up (connect, disconnect), credential to let go or '',
--          number of results, and for each: failure as JSON or '', number of fields, the fields
-- Returns  one character per job: '1' done, '0' fenced out
-- Emits    one entry on `results` per result, one on `dead` per failure
-- Cost     about 5 us a job at 64 a call, a third more for failures
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "fence"
-- @include "owner"
-- @include "endJobs"
local owner, call, again, maxLength = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local cursor = 6

local function nextNumber()
    local number = tonumber(ARGV[cursor])
    cursor = cursor + 1
    return number
end

local function readJobs()
    local jobs, lanes = {}, {}
    for index = 1, nextNumber() do
        local job = {
            lane = ARGV[cursor], fence = ARGV[cursor + 1], tidy = ARGV[cursor + 2] == '1',
            credential = ARGV[cursor + 3], results = {},
        }
        cursor = cursor + 4
        for position = 1, nextNumber() do
            local failure = ARGV[cursor]
            cursor = cursor + 1
            local count = nextNumber()
            job.results[position] = { failure, cursor, cursor + count - 1 }
            cursor = cursor + count
        end
        jobs[index] = job
        lanes[index] = job.lane
    end
    return jobs, lanes
end

local jobs, lanes = readJobs()

local earlier = earlierAnswer(owner, call, again)
if earlier then return earlier end

-- The fence first: only what is still leased to this owner under the same number goes on.
local live, outcomes, seen = {}, {}, {}
eachPiece(lanes, 1000, function(first, last)
    for index, held in ipairs(soundly('HMGET', ns .. 'w:' .. owner, unpack(lanes, first, last))) do
        local job = jobs[first + index - 1]
        local holds = holdsFence(held, job.fence) and not seen[job.lane]
        seen[job.lane] = true
        outcomes[#outcomes + 1] = holds and '1' or '0'
        if holds then live[#live + 1] = job end
    end
end)

checkTypes()
writeThoughFull()
endJobs(owner, live, maxLength)
local answered = table.concat(outcomes)
-- A repeat of a call that did nothing answers the same by itself, and an owner that is gone must leave no key behind.
if #live > 0 then rememberAnswer(owner, call, answered) end
return answered

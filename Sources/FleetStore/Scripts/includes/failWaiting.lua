-- failWaiting(sort, target, record, failure, maxLength): the terminal entry of a job that ends without having been
-- claimed, and its dead letter. Sort and target as deadLetter has them.
-- @include "clock"
-- @include "deadLetter"
-- @include "record"
-- @include "timeText"
local function emitWaiting(kind, sort, target, record, maxLength, ...)
    local id, _, _, _, trace = tailOf(record)
    local tenant, rest = string.match(target, '^([^:]*):(.*)$')
    local fields = {
        'v', '1', 'type', kind, 'job_id', id, 'kind', kindNames[kindOf(record)], 'tenant_id', tenant,
        sort == 'J' and 'resource_id' or 'calendar_id', rest, 'enqueued_at', timeText(enqueuedOf(record)),
        'finished_at', timeText(now),
    }
    for _, field in ipairs(trace == '' and { ... } or { 'traceparent', trace, ... }) do fields[#fields + 1] = field end
    redis.call('XADD', resultsKey, 'MAXLEN', '~', maxLength, '*', unpack(fields))
end

local function failWaiting(sort, target, record, failure, maxLength)
    local _, _, retryOf = tailOf(record)
    local data = retryOf == '' and '{}' or '{"retry_of":' .. cjson.encode(retryOf) .. '}'
    local kind = kindNames[kindOf(record)] .. '.failed'
    emitWaiting(kind, sort, target, record, maxLength, 'data', data, 'error', failure)
    deadLetter(sort, target, record, failure)
end

-- oldestReady: since when the job waits that has been ready for a worker for longest, about.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] tickets of each ring to look at
-- Returns  the milliseconds that it has waited; -1 when no fresh job is ready. Jobs that ran before are left out: the
--          record doesn't say since when they are ready again.
-- Cost     1 us a ticket: the first of each ring, whose turn comes next
-- @include "queueKeys"
-- @include "clock"
-- @include "record"
local most = tonumber(ARGV[2])
local oldest = -1
for _, ring in pairs(ringKeys) do
    local lanes = redis.pcall('LRANGE', ring, 0, most - 1)
    if not lanes.err and #lanes > 0 then
        for _, record in ipairs(redis.call('HMGET', headKey, unpack(lanes))) do
            if record and string.find(string.sub(record, 7, 15), '^0*$') then
                local since = math.max(enqueuedOf(record) or now, notBeforeOf(record) or 0)
                oldest = math.max(oldest, now - since)
            end
        end
    end
end
return digits(oldest)

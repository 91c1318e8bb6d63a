-- A job at rest (JobRecord.swift writes and reads the same form). Fixed columns, so that scripts change a counter
-- without parsing and claim hands the bytes on as they are:
--   1 form '1' | 2 kind c s d | 3 rides r f - | 4 priority h n l | 5 origin p (payload) t (timer) | 6 why it waits
--   7-9 attempts | 10-11 crashes | 12-15 deferrals | 16-28 enqueued ms | 29-41 not before ms | 42-54 expires ms
--   then: id LF calendar that a connect asks for LF id that this job retries LF traceparent LF sealed tokens LF payload
--   as it rests
--   A record of another form is a newer fleet's: columns 1-4 keep their place and sense in any form, nothing else is
--   read, and nothing at all is rewritten.
local recordTail = 55

local function isReadable(record) return string.sub(record, 1, 1) == '1' end

local function kindOf(record) return string.sub(record, 2, 2) end
local function ridesOf(record) return string.sub(record, 3, 3) end
local function priorityOf(record)
    local letter = string.sub(record, 4, 4)
    return (letter == 'h' or letter == 'l') and letter or 'n'
end
local function originOf(record) return string.sub(record, 5, 5) end
local function enqueuedOf(record) return tonumber(string.sub(record, 16, 28)) end
-- 0 where it has none.
local function expiresOf(record) return isReadable(record) and tonumber(string.sub(record, 42, 54)) or 0 end
local function notBeforeOf(record) return isReadable(record) and tonumber(string.sub(record, 29, 41)) or 0 end

-- The id, the requested calendar, the retried id, where the line of the sealed tokens begins, and the traceparent.
local function tailOf(record)
    if not isReadable(record) then return '', '', '', #record + 1, '' end
    local first = string.find(record, '\n', recordTail, true)
    local second = string.find(record, '\n', first + 1, true)
    local third = string.find(record, '\n', second + 1, true)
    local fourth = string.find(record, '\n', third + 1, true)
    return string.sub(record, recordTail, first - 1), string.sub(record, first + 1, second - 1),
        string.sub(record, second + 1, third - 1), fourth + 1, string.sub(record, third + 1, fourth - 1)
end

-- The record without tokens and payload, as riders are told.
local function headerOf(record)
    local _, _, _, rest = tailOf(record)
    return string.sub(record, 1, rest - 1) .. '\n'
end

-- The record with counters raised by the given steps (each saturates at its width) and a new reason to wait.
local function recount(record, attempts, crashes, deferrals, reason)
    if not isReadable(record) then return record end
    return string.sub(record, 1, 5) .. reason
        .. string.format('%03d', math.min(999, string.sub(record, 7, 9) + attempts))
        .. string.format('%02d', math.min(99, string.sub(record, 10, 11) + crashes))
        .. string.format('%04d', math.min(9999, string.sub(record, 12, 15) + deferrals))
        .. string.sub(record, 16)
end

local kindNames = { c = 'connect', s = 'sync', d = 'disconnect' }

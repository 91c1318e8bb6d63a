-- deadLetter(sort, target, record, error): keeps what ended in failure. Stream `dead`, at most about 100,000 entries
-- (and 30 days, see reapOwners); always the same four fields, which a stream then stores once.
--   sort J: target is the lane, record the job at rest · C: target is "tenant:calendar", record the job at rest
--   sort R: target is "tenant:id", either may be empty, record what is kept of a rejected payload
local function deadLetter(sort, target, record, failure)
    redis.call('XADD', deadKey, 'MAXLEN', '~', 100000, '*', 's', sort, 't', target, 'r', record, 'e', failure)
end

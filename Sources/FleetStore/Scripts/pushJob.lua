-- pushJob: a gateway pushes a job under an id that its caller may have chosen. Beside the payload it leaves a mark:
-- that the job is on its way, for those who ask before a worker takes it in, and what was asked for, so that the same
-- id with another wish is seen.
--
-- KEYS[1]  pushed:TENANT:ID, a string: the print of the call · [2] jobs, a list
-- ARGV[1]  namespace with its colon · [2] print · [3] seconds that the mark stays · [4] payload
-- ARGV[5]  print that gives way: that of a payload which was rejected, whose id doesn't count as seen; or ''
-- Returns  '1' pushed · '0' the id stands for another call
-- Cost     5 us. Safe to repeat: a payload that is pushed twice runs once, its id is its own
local pushedKey, jobsKey = KEYS[1], KEYS[2]
local print, seconds, payload, stale = ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local known = redis.call('GET', pushedKey)
if known and known ~= print and known ~= stale then return '0' end
redis.call('SET', pushedKey, print, 'EX', seconds)
redis.call('LPUSH', jobsKey, payload)
return '1'

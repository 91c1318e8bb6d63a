-- stagePage: keeps a page of a round that isn't complete yet, with the position to go on from, for this run or the next
-- one after a crash. dropStage is the same with a negative number.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] lane · [4] fence
-- ARGV[5]  number of the page, from 0; negative: drop all pages and the mirror in the making
-- ARGV[6]  position after this page, '' when the round is complete · [7] the page
-- Returns  '1' kept (again, if it was); '0' the lease has passed on; '2' pages before this one are missing
-- Cost     2 us
-- @include "queueKeys"
-- @include "fence"
-- @include "soundly"
local owner, lane, fence, number = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local lease = soundly('HGET', ns .. 'w:' .. owner, lane)
if not holdsFence(lease, fence) then return '0' end

local stage = ns .. 'stage:' .. lane
if number < 0 then
    redis.call('UNLINK', stage, ns .. 'fresh:' .. lane, ns .. 'freshown:' .. lane)
    return '1'
end
local length = redis.call('LLEN', stage)
if length > number then return '1' end
if length < number then return '2' end
redis.call('RPUSH', stage, ARGV[6] .. '\n' .. ARGV[7])
return '1'

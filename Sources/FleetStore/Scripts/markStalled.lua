-- markStalled: a connection has gone quiet, or is heard of again; each is said once.
--   stalled  hash  lane -> '1' while it is quiet and that was said
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] lane · [4] fence
-- ARGV[5]  '1' it has gone quiet · '0' it is heard of again
-- ARGV[6]  changes' maximal length · [7] the fields of the change, and all that follow
-- Returns  '1' said now · '2' was so before · '0' the lease has passed on
-- Emits    the change
-- Cost     4 us. Safe to repeat
-- @include "queueKeys"
-- @include "fence"
-- @include "soundly"
local owner, lane, fence, isQuiet, maxLength = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1', ARGV[6]
local lease = soundly('HGET', ns .. 'w:' .. owner, lane)
if not holdsFence(lease, fence) then return '0' end
local changed
if isQuiet then
    changed = redis.call('HSETNX', ns .. 'stalled', lane, '1')
else
    changed = redis.call('HDEL', ns .. 'stalled', lane)
end
if changed == 0 then return '2' end
redis.call('XADD', changesKey, 'MAXLEN', '~', maxLength, '*', unpack(ARGV, 7))
return '1'

-- joinMailbox: the connection whose job this is wants its mailbox watched, or no longer.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] owner · [3] lane · [4] fence
-- ARGV[5]  mailbox; '' to leave whichever it is
-- Returns  '1'; '0' if the lease has passed on
-- Cost     5 us. Safe to repeat
-- @include "queueKeys"
-- @include "fence"
-- @include "soundly"
-- @include "subscriptions"
local owner, lane, fence, mailbox = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local lease = soundly('HGET', ns .. 'w:' .. owner, lane)
if not holdsFence(lease, fence) then return '0' end
if mailbox == '' then leaveMailbox(lane) else joinMailbox(lane, mailbox) end
return '1'

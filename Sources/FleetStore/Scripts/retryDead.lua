-- retryDead: a dead letter's job takes its place again, as a new job with a fresh id.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon · [2] entry of the dead letters · [3] the fresh id
-- Returns  { '1', lane } · { '0' } no such entry · { '2' } it never was a valid job
--          { '3' } its calendar fits no connection of the tenant, { '4' } several
-- Cost     8 us. Safe to repeat for a minute: retried:ENTRY ("fresh id SP lane") tells what came of it
-- The job starts with fresh counters and without not_before and expires_at: those of the first life have passed.
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "clock"
-- @include "enqueue"
local entry, id = ARGV[2], ARGV[3]
checkTypes()
local found = redis.call('XRANGE', deadKey, entry, entry)[1]
local noteKey = ns .. 'retried:' .. entry
if not found then
    local by, lane = string.match(redis.call('GET', noteKey) or '', '^(%S+) (.*)$')
    return by == id and { '1', lane } or { '0' }
end
local sort, target, record = found[2][2], found[2][4], found[2][6]
if sort == 'R' then return { '2' } end
local lane = target
if sort == 'C' then
    local tenant, calendar = string.match(target, '^([^:]*):(.*)$')
    local lanes = lanesOfCalendar(tenant, calendar)
    if #lanes ~= 1 then return { #lanes == 0 and '3' or '4' } end
    lane = lanes[1]
end
local before, calendar, _, rest, trace = tailOf(record)
local fresh = string.sub(record, 1, 4) .. 'p-000000000' .. string.format('%013.0f', now) .. string.rep('0', 26)
    .. id .. '\n' .. calendar .. '\n' .. before .. '\n' .. trace .. '\n' .. string.sub(record, rest)
redis.call('XDEL', deadKey, entry)
local ready = {}
enqueue(lane, fresh, ready, 'retry.' .. id)
placeAll(ready)
redis.call('SET', noteKey, id .. ' ' .. lane, 'PX', 60000)
ring()
return { '1', lane }

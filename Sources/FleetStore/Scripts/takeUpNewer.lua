-- takeUpNewer: payloads that workers of an older version put aside, of versions that the caller knows, go back to where
-- intake takes payloads from, in the order in which they came.
--
-- KEYS     the queue's keys, then intake's (includes/queueKeys.lua, includes/intakeKeys.lua)
-- ARGV[1]  namespace with its colon · [2] the highest version that the caller knows · [3] payloads at most
-- Returns  { how many, '1' if there are more }
-- Cost     1 us where nothing waits, 1 us a payload. Safe to repeat
-- @include "queueKeys"
-- @include "intakeKeys"
-- @include "soundly"
local known, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local versions = {}
for _, version in ipairs(soundly('SMEMBERS', ns .. 'newer')) do
    if tonumber(version) <= known then versions[#versions + 1] = tonumber(version) end
end
if #versions == 0 then return { 0, '0' } end
table.sort(versions)
local version = string.format('%d', versions[1])
local waiting = ns .. 'newer:' .. version
local payloads = soundly('LRANGE', waiting, 0, most - 1)
for _, payload in ipairs(payloads) do
    local letter = string.match(payload, '^newer\n%d+ (%l) ')
    for _, list in ipairs(ingress) do
        -- Intake pops from the right: what lies there already came before.
        if list[1] == letter then soundly('LPUSH', list[2], payload) end
    end
end
redis.call('LTRIM', waiting, #payloads, -1)
local left = redis.call('LLEN', waiting)
if left == 0 then redis.call('SREM', ns .. 'newer', version) end
return { #payloads, (left > 0 or #versions > 1) and '1' or '0' }

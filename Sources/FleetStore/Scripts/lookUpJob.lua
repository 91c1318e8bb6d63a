-- lookUpJob: the terminal entry of a job by its tenant and id, from an index of the results stream that this script
-- itself keeps up. Nothing of it lies on the way of a job: who asks pays, and a ticker of the gateways keeps it short.
--
--   jobindex      hash  at (the last entry that is indexed), part (number of the newest part), count (its entries)
--   jobindex:N    hash  "tenant:id" -> entry id; a part is full at so many entries, only the newest parts are kept, and
--                       each ends by itself
--
-- KEYS[1]  results, a stream · [2] jobindex · [3] iddays
-- ARGV[1]  namespace with its colon · [2] "tenant:id", or '' to index only
-- ARGV[3]  entries to index at most · [4] seconds that an entry is kept · [5] entries of a part · [6] parts
-- Returns  { behind, what, entry }: behind '1' if there is more to index; what is 'found' (then entry is that of the
--          stream), 'trimmed' (it ended, and the stream doesn't hold it any more), 'waits' (its id was seen, or a
--          gateway pushed it, and it hasn't ended), 'unknown', or '' (not looked for, or behind)
-- Cost     some 20 us, plus 2 us an entry that is indexed. Safe to repeat
local resultsKey, indexKey, idDaysKey = KEYS[1], KEYS[2], KEYS[3]
local ns, wanted, limit, seconds = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local partSize, parts = tonumber(ARGV[5]), tonumber(ARGV[6])
-- @include "clock"

local function partKey(number) return indexKey .. ':' .. number end

-- A repeated payload's entry says nothing of how the job ended.
local function nameOf(values)
    local kind, id, tenant
    for index = 1, #values, 2 do
        local name = values[index]
        if name == 'type' then kind = values[index + 1]
        elseif name == 'job_id' then id = values[index + 1]
        elseif name == 'tenant_id' then tenant = values[index + 1] end
    end
    if not (id and tenant) or kind == 'job.duplicate' then return nil end
    return tenant .. ':' .. id
end

local known = redis.call('HMGET', indexKey, 'at', 'part', 'count')
local at = known[1] or digits(now - seconds * 1000) .. '-0'
local part, count = tonumber(known[2] or 0), tonumber(known[3] or 0)

local entries = redis.call('XRANGE', resultsKey, '(' .. at, '+', 'COUNT', limit)
local fields = {}
for _, entry in ipairs(entries) do
    local name = nameOf(entry[2])
    if name then
        fields[#fields + 1] = name
        fields[#fields + 1] = entry[1]
    end
    at = entry[1]
end
if #fields > 0 then
    redis.call('HSET', partKey(part), unpack(fields))
    redis.call('EXPIRE', partKey(part), seconds)
    count = count + #fields / 2
    if count >= partSize then
        part, count = part + 1, 0
        redis.call('UNLINK', partKey(part - parts))
    end
end
if #entries > 0 then redis.call('HSET', indexKey, 'at', at, 'part', part, 'count', count) end
local behind = #entries == limit and '1' or '0'
if wanted == '' then return { behind, '' } end

for number = part, math.max(0, part - parts + 1), -1 do
    local id = redis.call('HGET', partKey(number), wanted)
    if id then
        local found = redis.call('XRANGE', resultsKey, id, id)[1]
        if found then return { behind, 'found', found } end
        return { behind, 'trimmed' }
    end
end
if behind == '1' then return { behind, '' } end

if redis.call('EXISTS', ns .. 'pushed:' .. wanted) == 1 then return { behind, 'waits' } end
for _, day in ipairs(redis.call('SMEMBERS', idDaysKey)) do
    local seen = redis.call('HGET', ns .. 'id:' .. day, wanted)
    if seen and now / 1000 - seen < seconds then return { behind, 'waits' } end
end
return { behind, 'unknown' }

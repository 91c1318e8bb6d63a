-- reseal: puts what was sealed anew in the place of what it was sealed from, if that still stands there.
--
-- KEYS[1]  hash or list  where it stands
-- ARGV[1]  namespace with its colon · [2] field of the hash; '' for a list
-- ARGV[3]  the value as it was read · [4] the value that takes its place
-- Returns  '1'; '0' if another value stands there now, or none
-- Cost     2 us; in a list as long as its length. Safe to repeat
local key, field, before, after = KEYS[1], ARGV[2], ARGV[3], ARGV[4]
if field ~= '' then
    if redis.call('HGET', key, field) ~= before then return '0' end
    redis.call('HSET', key, field, after)
    return '1'
end
local position = redis.call('LPOS', key, before)
if not position then return '0' end
redis.call('LSET', key, position, after)
return '1'

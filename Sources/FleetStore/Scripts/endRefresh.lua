-- endRefresh: a refresh that brought no tokens: gives it up, or declares the credential dead.
--
-- KEYS[1]  hash  the credential
-- ARGV[1]  namespace with its colon · [2] credential
-- ARGV[3]  version that was refreshed · [4] the word that names the attempt · [5] '1' the consent is dead, '0' try
--          again later
-- Returns  { 'first' }: dead now, and this call did it · { 'dead' }: was dead before · { 'gone' }
--          { 'newer', version, sealed }: somebody has newer tokens, so this says nothing · { 'over' }
-- Cost     4 us. Safe to repeat
-- @include "vaultKeys"
local version, dead, holder, killer, sealed =
    unpack(redis.call('HMGET', KEYS[1], 'version', 'dead', 'holder', 'killer', 'sealed'))
if not version then return { 'gone' } end
if dead == '1' then return { killer == ARGV[4] and 'first' or 'dead' } end
if holder == ARGV[4] then redis.call('HDEL', KEYS[1], 'holder', 'until') end
if version ~= ARGV[3] then return { 'newer', version, sealed } end
if ARGV[5] ~= '1' then return { 'over' } end
redis.call('HSET', KEYS[1], 'dead', 1, 'killer', ARGV[4])
redis.call('HDEL', KEYS[1], 'sealed') -- nothing more to be done with these tokens
return { 'first' }

-- storeTokens: the tokens that a refresh brought, before anybody uses them. Only on top of the version that was
-- refreshed: of two that refreshed the same, the first to store wins and the other adopts.
--
-- KEYS[1]  hash  the credential · KEYS[2] set SHA-256 of the tokens it ever had · KEYS[3] hash SHA-256 -> credential
-- ARGV[1]  namespace with its colon · [2] credential
-- ARGV[3]  version that was refreshed · [4] the word that names the attempt · [5] sealed tokens
-- ARGV[6]  SHA-256 of the new refresh token, '' if it stayed
-- Returns  { 'stored', version } · { 'newer', version, sealed } · { 'dead' } · { 'gone' }
-- Cost     6 us. Safe to repeat
-- @include "vaultKeys"
local version, dead, writer, sealed = unpack(redis.call('HMGET', KEYS[1], 'version', 'dead', 'writer', 'sealed'))
if not version then return { 'gone' } end
if writer == ARGV[4] then return { 'stored', version } end
if dead == '1' then return { 'dead' } end
if version ~= ARGV[3] then return { 'newer', version, sealed } end
local nextVersion = string.format('%.0f', version + 1)
redis.call('HSET', KEYS[1], 'version', nextVersion, 'sealed', ARGV[5], 'writer', ARGV[4])
redis.call('HDEL', KEYS[1], 'holder', 'until')
if ARGV[6] ~= '' then
    redis.call('SADD', KEYS[2], ARGV[6])
    redis.call('HSET', KEYS[3], ARGV[6], ARGV[2])
end
return { 'stored', nextVersion }

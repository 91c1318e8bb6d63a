-- beginRefresh: one refresh of a credential at a time across the fleet; the others wait and adopt what it brings.
--
-- KEYS[1]  hash  the credential: sealed, version, dead, holder, until, writer, killer
-- ARGV[1]  namespace with its colon · [2] credential
-- ARGV[3]  version that the caller holds · [4] a random word that names this attempt · [5] ms that it may take
-- Returns  { 'gone' } · { 'dead' } · { 'newer', version, sealed }: somebody refreshed meanwhile, use that
--          { 'wait', ms }: somebody is at it, ask again then at the latest · { 'mine' }: refresh now
-- Cost     4 us. Safe to repeat
-- @include "vaultKeys"
-- @include "clock"
local state = redis.call('HMGET', KEYS[1], 'version', 'dead', 'holder', 'until', 'sealed')
local version, dead, holder, untilTime, sealed = unpack(state)
if not version then return { 'gone' } end
if dead == '1' then return { 'dead' } end
if version ~= ARGV[3] then return { 'newer', version, sealed } end
if holder and holder ~= ARGV[4] and tonumber(untilTime) > now then return { 'wait', digits(untilTime - now) } end
redis.call('HSET', KEYS[1], 'holder', ARGV[4], 'until', digits(now + ARGV[5]))
return { 'mine' }

-- Credentials: the tokens that one consent gave, shared by the connections made with it.
--   cred:ID       hash  sealed, version, dead, holder, until   (TokenVault.swift)
--   credlanes:ID  set   lanes that use it
--   credknown:ID  set   SHA-256 of each refresh token it ever had (access token, where there was no other)
--   credof        hash  SHA-256 -> ID
-- @include "pieces"
local function linkCredential(id, lane)
    redis.call('SADD', ns .. 'credlanes:' .. id, lane)
end

-- Takes the lane off the credential; the last one takes the credential with it.
local function unlinkCredential(id, lane)
    if id == '' then return end
    redis.call('SREM', ns .. 'credlanes:' .. id, lane)
    if redis.call('EXISTS', ns .. 'credlanes:' .. id) == 1 then return end
    local known = redis.call('SMEMBERS', ns .. 'credknown:' .. id)
    eachPiece(known, 1000, function(first, last) redis.call('HDEL', ns .. 'credof', unpack(known, first, last)) end)
    redis.call('UNLINK', ns .. 'cred:' .. id, ns .. 'credknown:' .. id)
end

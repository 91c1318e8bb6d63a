-- The vault's scripts work on keys of one credential, derived from the namespace (see includes/credentials.lua).
local ns = ARGV[1]
local credential = ns .. 'cred:' .. ARGV[2]

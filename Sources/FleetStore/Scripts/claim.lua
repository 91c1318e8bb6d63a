-- claim: leases up to `limit` ready jobs to an owner.
--
-- KEYS     the queue's keys (includes/queueKeys.lua)
-- ARGV[1]  namespace with its colon
-- ARGV[2]  owner · [3] number of this call · [4] '1' if it was sent before
-- ARGV[5]  and on: the terms (includes/claimTerms.lua)
-- Returns  { now ms, claimed }: claimed as claimJobs says, false where the owner isn't registered (it was reaped:
--          cancel everything, register under a fresh name)
-- Cost     about 4 us a job at 64 a call; 6 us a call when nothing is ready
-- @include "queueKeys"
-- @include "checkTypes"
-- @include "owner"
-- @include "claimTerms"
-- @include "claimJobs"
local owner, call, again = ARGV[2], ARGV[3], ARGV[4]
local terms = readTerms(5)

if not isRegistered(owner) then return { digits(now), false } end
local earlier = earlierAnswer(owner, call, again)
if earlier then return { digits(now), claimedUnder(owner, earlier) } end

checkTypes()
writeThoughFull()
local claimed = claimJobs(owner, terms)
if claimed[1] ~= '' then rememberAnswer(owner, call, claimed[1]) end
return { digits(now), claimed }

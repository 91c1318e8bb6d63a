-- closeMailboxes: Graph said "too many" to a request on these mailboxes: nobody in the fleet asks them before a time.
--
-- KEYS[1]  string  rates · KEYS[2] hash tenants (includes/budgetKeys.lua); b:GEN is derived
-- ARGV[1]  namespace with its colon · [2] the caller's limits, as askBudgets has them
-- ARGV[3]  ms that Graph asked for, '' if it didn't say · [4] '1' for too many at once
-- ARGV[5]  ms of the first wait where Graph says nothing · [6] ms of the longest such wait · [7] the mailboxes, and on
-- Returns  ms until the last of them opens
-- Cost     some 15 us. Safe to repeat
--
-- A wait that was kept and didn't help makes the next one twice as long, whatever Graph says: it says "1" for hours
-- when it wants to. Requests that were under way when the mailbox was closed don't count for that, and after a calm
-- minute (or twice the last wait) all is forgotten. Too many at once is over in a moment: a short wait, at most 10 s.
-- @include "budgetKeys"
-- @include "budgets"
-- @include "strangers"
local asked, atOnce = tonumber(ARGV[3]), ARGV[4] == '1'
local base, cap = tonumber(ARGV[5]), tonumber(ARGV[6])
local mailboxes, names = { unpack(ARGV, 7) }, {}
local called = strangersIn({ mailboxes })
local keys, strangers = partOf(mailboxes, #called > 0 and readFields(called) or {})
for _, key in ipairs(keys) do names[#names + 1] = 'm' .. key end
for _, name in ipairs(strangers) do names[#names + 1] = 'm' .. name end

local rates = readRates(ARGV[2])
local fields = readFields(names)

local function backoff(steps) return math.min(cap, base * 2 ^ math.min(steps, 30)) end

local function waitFor(strikes)
    if atOnce then
        local own = math.min(cap, 500 * 2 ^ math.min(strikes - 1, 10))
        return math.min(10000, math.max(asked or 0, own))
    end
    if strikes == 1 and asked then return asked end
    return math.max(asked or 0, backoff(strikes - (asked and 2 or 1)))
end

local changed, longest = {}, 0
for _, name in ipairs(names) do
    local scope = openScope(name, fields[name], rates.mailbox)
    if scope.closed <= now then
        local calm = math.max(60000, 2 * backoff(scope.strikes))
        scope.strikes = now - scope.closed < calm and math.min(scope.strikes + 1, 40) or 1
    end
    local wait = math.max(1, math.min(closedAtMost, math.ceil(waitFor(math.max(1, scope.strikes)))))
    scope.closed = math.max(scope.closed, now + wait)
    longest = math.max(longest, scope.closed - now)
    changed[#changed + 1] = name
    changed[#changed + 1] = stateOf(scope)
end
budgetsThoughFull()
writeFields(changed, {})
return longest

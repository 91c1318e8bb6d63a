-- fleetStatus: the numbers of the queue at one moment.
--
-- KEYS     the queue's keys, then intake's (includes/queueKeys.lua, includes/intakeKeys.lua)
-- ARGV[1]  namespace with its colon
-- Returns  pairs of name and number, then 'owners' and a list of owner, deadline ms, leases for each (at most 200)
-- Cost     some 50 us, plus 1 us a tenant with ready lanes and a lane of two and more jobs (1,000 of each; beyond,
--          estimated)
-- @include "queueKeys"
-- @include "intakeKeys"
-- @include "clock"
local function length(command, key)
    local answer = redis.pcall(command, key)
    return type(answer) == 'number' and answer or -1
end

-- Lanes that stand in the ring or behind a ticket.
local function readyLanes()
    local lanes, seen = 0, 0
    for _, key in pairs(ringKeys) do lanes = lanes + redis.call('LLEN', key) end
    local marks = redis.call('SRANDMEMBER', tickKey, 1000)
    local behind = 0
    for _, mark in ipairs(marks) do behind = behind + redis.call('LLEN', ns .. 'ready:' .. mark) end
    local all = redis.call('SCARD', tickKey)
    if #marks > 0 then behind = math.floor(behind * all / #marks) end
    return lanes + behind
end

local function waitingBehind()
    local lanes = redis.call('HRANDFIELD', moreKey, 1000, 'WITHVALUES')
    local jobs = 0
    for index = 2, #lanes, 2 do jobs = jobs + lanes[index] end
    local all = redis.call('HLEN', moreKey)
    return #lanes > 0 and math.floor(jobs * all / (#lanes / 2)) or 0
end

local owners, running = {}, 0
local listed = redis.call('ZRANGE', ownersKey, 0, 199, 'WITHSCORES')
for index = 1, #listed, 2 do
    local leases = redis.call('HLEN', ns .. 'w:' .. listed[index])
    running = running + leases
    owners[#owners + 1] = listed[index]
    owners[#owners + 1] = listed[index + 1]
    owners[#owners + 1] = leases
end

local report = { 'now', digits(now) }
local function add(name, number)
    report[#report + 1] = name
    report[#report + 1] = number
end
for _, list in ipairs(ingress) do
    add('ingress.' .. list[1], length('LLEN', list[3]))
    add('taken.' .. list[1], length('LLEN', list[2]))
end
add('reading', length('LLEN', itemsKey))
add('lanes', redis.call('HLEN', headKey))
add('ready', readyLanes())
add('running', running)
add('behind', waitingBehind())
add('due', redis.call('ZCARD', dueKey))
add('connections', redis.call('HLEN', connectionKey))
add('results', length('XLEN', resultsKey))
add('changes', length('XLEN', changesKey))
add('dead', redis.call('XLEN', deadKey))
add('newer', length('LLEN', ns .. 'newer'))
report[#report + 1] = 'owners'
report[#report + 1] = owners
return report

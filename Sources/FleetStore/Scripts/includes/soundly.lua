-- soundly(command, key, ...): redis.call on a key of one lane, tenant or owner. Such keys are too many to be looked at
-- before a script's first write (checkTypes does it for the few big ones), and a script that breaks midway has done
-- half of what it was to do. So a key of ours that holds another type, because somebody wrote into the namespace, is
-- set aside as it lies (odd:NAME), Redis's log says so, and the call meets an empty key: that lane's or tenant's list
-- was lost when it was overwritten, and everybody else's work goes on. Lanes that it held are found by auditLanes.
local function soundly(command, key, ...)
    local answer = redis.pcall(command, key, ...)
    if type(answer) ~= 'table' or not answer.err then return answer end
    if not string.find(answer.err, 'WRONGTYPE', 1, true) then error(answer) end
    redis.log(redis.LOG_WARNING, 'outlook-fleet: set aside a key of another type: ' .. key)
    redis.call('RENAME', key, ns .. 'odd:' .. string.sub(key, #ns + 1))
    return redis.call(command, key, ...)
end

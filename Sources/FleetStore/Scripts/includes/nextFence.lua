-- A fence above all earlier ones: max(stored + 1, Redis's milliseconds), so that it doesn't fall back when a fail-over
-- loses the last writes. One per claim call; unique per lane and job, not per job of a batch. Returned as digits.
-- @include "clock"
local function nextFence()
    local fence = math.max((tonumber(redis.call('GET', fenceKey)) or 0) + 1, now)
    local text = digits(fence)
    redis.call('SET', fenceKey, text)
    return text
end

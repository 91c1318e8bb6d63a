-- now: Redis's own clock in milliseconds. No worker's clock decides anything.
local function readClock()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end
local now = readClock()

-- A whole number as its digits. tostring() writes 14 of them and then an exponent.
local function digits(number)
    return string.format('%.0f', number)
end

-- The record of a connection (ConnectionRecord.swift): one line for the scripts, then JSON that only Swift reads.
--   requested calendar SP real calendar SP credential SP period in ms (0: never by itself) LF JSON
local function connectionLine(record)
    return string.match(record, '^(%S*) (%S*) (%S*) (%d+)\n')
end

local function periodOf(record)
    local _, _, _, period = connectionLine(record)
    return tonumber(period) or 0
end

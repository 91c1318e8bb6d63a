-- timeText(milliseconds): RFC 3339 in UTC with milliseconds, as RFC3339.swift writes a moment. Days to date after
-- Howard Hinnant's "civil from days": years begin in March, so that the leap day is the last.
local function timeText(milliseconds)
    local seconds = math.floor(milliseconds / 1000)
    local days, second = math.floor(seconds / 86400), seconds % 86400
    local shifted = days + 719468
    local era = math.floor(shifted / 146097)
    local dayOfEra = shifted - era * 146097
    local yearOfEra = math.floor((dayOfEra - math.floor(dayOfEra / 1460) + math.floor(dayOfEra / 36524)
        - math.floor(dayOfEra / 146096)) / 365)
    local dayOfYear = dayOfEra - (365 * yearOfEra + math.floor(yearOfEra / 4) - math.floor(yearOfEra / 100))
    local month = math.floor((5 * dayOfYear + 2) / 153)
    local day = dayOfYear - math.floor((153 * month + 2) / 5) + 1
    month = month < 10 and month + 3 or month - 9
    local year = yearOfEra + era * 400 + (month <= 2 and 1 or 0)
    return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day, math.floor(second / 3600),
        math.floor(second / 60) % 60, second % 60, milliseconds % 1000)
end

-- wantSync(lane, at): a sync of this connection is wanted at `at`, because something changed. It waits beside the line
-- as a sync with not_before does, under one fixed name: so any number of wishes make one sync, and one that comes while
-- a run is under way makes one more run behind it. Nothing is done where a plain sync waits in line already, or where
-- the connection doesn't sync by itself. True if a sync was put there.
-- @include "connection"
-- @include "record"
-- @include "wakeDue"
local wantedName = 'w'

local function wantSync(lane, at)
    local connection = redis.call('HGET', connectionKey, lane)
    if not connection or periodOf(connection) == 0 then return false end
    local last = redis.call('LINDEX', ns .. 'rest:' .. lane, -1)
    if last and ridesOf(last) == 'r' then return false end
    if redis.call('HSETNX', ns .. 'later:' .. lane, wantedName, timerRecord()) == 0 then return false end
    redis.call('ZADD', dueKey, digits(at), 'j' .. lane .. '\n' .. wantedName)
    return true
end

-- Owners (worker processes under one name each) and what they hold.
--   owners   zset   owner -> deadline in ms; -1 while it is being reaped
--   w:OWNER  hash   lane -> fence, or fence:riders
--   c:OWNER  hash   slot of a call -> call number and what it answered; lets a call be repeated after a lost reply
--                   about -> what the worker said of itself with its last renewal (WorkerReport.swift)
-- A reaped owner is gone for good: nothing here puts it back but `register`, under a fresh name.
-- @include "soundly"
local callSlots = 512

local function isRegistered(owner)
    local deadline = redis.call('ZSCORE', ownersKey, owner)
    return deadline ~= false and tonumber(deadline) >= 0
end

-- What the call with this number answered before, or nil. Asked only for repeats (`again` is '1').
local function earlierAnswer(owner, call, again)
    if again ~= '1' then return nil end
    local mark = soundly('HGET', ns .. 'c:' .. owner, call % callSlots)
    if not mark then return nil end
    local space = string.find(mark, ' ', 1, true)
    if string.sub(mark, 1, space - 1) ~= call then return nil end
    return string.sub(mark, space + 1)
end

local function rememberAnswer(owner, call, answer)
    soundly('HSET', ns .. 'c:' .. owner, call % callSlots, call .. ' ' .. answer)
end

-- The script's first write is one that Redis allows when its memory is full, and that changes nothing: from then on the
-- script may write. What lightens Redis (claim, finish, hand back) must go on when producers are refused.
local function writeThoughFull()
    redis.call('HDEL', ownersKey .. ':none', '-')
end

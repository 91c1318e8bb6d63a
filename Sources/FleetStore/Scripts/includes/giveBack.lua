-- giveBack(lanes, attempts, crashes): makes lanes ready again whose lease is gone. Counters are rewritten only if they
-- grow.
-- @include "pieces"
-- @include "place"
-- @include "record"
-- @include "standing"
local function giveBack(lanes, attempts, crashes)
    eachPiece(lanes, 500, function(first, last)
        local ready, changed = {}, {}
        for index, record in ipairs(redis.call('HMGET', headKey, unpack(lanes, first, last))) do
            local lane = lanes[first + index - 1]
            if record then
                gather(ready, lane, standingOf(lane, priorityOf(record)))
                if attempts + crashes > 0 then
                    changed[#changed + 1] = lane
                    changed[#changed + 1] = recount(record, attempts, crashes, 0, '-')
                end
            end
        end
        if #changed > 0 then redis.call('HSET', headKey, unpack(changed)) end
        placeAll(ready)
    end)
end

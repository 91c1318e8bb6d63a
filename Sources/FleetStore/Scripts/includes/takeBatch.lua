-- takeBatch(owner, limit, milliseconds, maxPayload): the next batch of payloads, under a deadline. One is in flight at
-- a time: two batches stored out of order would break the order of a connection. Past its deadline a batch is taken
-- over as it lies, under a new number, and the first taker's store is refused.
-- Returns { '0', until ms } while another owner has one, { '1', number, at ms, kinds, wrong lists, payload, ... } else;
-- no payloads: nothing waits, and no batch is open. A letter of kinds names the list (c g s d) of each payload; upper
-- case, with its length and a semicolon ("S2000000;"): it is longer than maxPayload bytes and only its beginning is
-- kept.
-- @include "clock"
-- @include "pieces"
local bytesAtMost = 262144
local keptOfTooLong = 16384

-- Pops from one list in steps, because a pop by count can't see sizes. Returns how many and how many bytes.
local function drain(letter, key, count, bytes, maxPayload, payloads, kinds, wrong)
    local got, step = 0, 4
    while got < count and bytes < bytesAtMost do
        local popped = redis.pcall('RPOP', key, math.min(step, count - got))
        if not popped then break end
        if popped.err then
            -- Another type, or no permission: what other lists gave must not be lost for it.
            wrong[#wrong + 1] = key
            break
        end
        local before = bytes
        for index, payload in ipairs(popped) do
            bytes = bytes + #payload
            -- Sealed text is longer than what it holds: what was put aside had the right length when it came.
            local most = string.sub(payload, 1, 6) == 'newer\n' and 2 * maxPayload or maxPayload
            if #payload > most then
                kinds[#kinds + 1] = string.upper(letter) .. #payload .. ';'
                payload = string.sub(payload, 1, keptOfTooLong)
            else
                kinds[#kinds + 1] = letter
            end
            popped[index] = payload
            payloads[#payloads + 1] = payload
        end
        redis.call('RPUSH', itemsKey, unpack(popped))
        got = got + #popped
        if #popped < step then break end
        step = bytes - before < 16384 and math.min(64, step * 2) or 4
    end
    return got, bytes
end

local function takeBatch(owner, limit, milliseconds, maxPayload)
    local current = redis.call('HMGET', intakeKey, 'number', 'owner', 'until', 'at', 'kinds', 'done')
    local open = current[1] and current[1] ~= current[6]
    if open and current[2] ~= owner and tonumber(current[3]) > now then return { '0', current[3] } end
    redis.call('LLEN', itemsKey) -- fails here if it is no list, and not after a pop
    local number = digits(math.max((tonumber(current[1]) or 0) + 1, now))
    local untilTime = digits(now + milliseconds)
    -- This write comes first because Redis refuses it when its memory is full: then nothing has been popped.
    redis.call('HSET', intakeKey, 'number', number, 'owner', owner, 'until', untilTime)
    if open then
        return { '1', number, current[4], current[5], '', unpack(redis.call('LRANGE', itemsKey, 0, -1)) }
    end
    local payloads, kinds, wrong = {}, {}, {}
    local bytes = 0
    for _, list in ipairs(ingress) do
        for index = 2, 3 do
            local left = limit - #payloads
            if left > 0 then
                local _, total = drain(list[1], list[index], left, bytes, maxPayload, payloads, kinds, wrong)
                bytes = total
            end
        end
    end
    kinds = table.concat(kinds)
    if #payloads == 0 then
        redis.call('HSET', intakeKey, 'done', number, 'report', '0 0 0 0')
    else
        redis.call('HSET', intakeKey, 'at', digits(now), 'kinds', kinds)
    end
    return { '1', number, digits(now), kinds, table.concat(wrong, ' '), unpack(payloads) }
end

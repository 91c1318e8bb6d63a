-- wrongHash(names): an error reply that names the first of these keys (without the namespace) that is there and is no
-- hash; nil where all is well. To be asked before the first write: what a person put in a connection's place is theirs
-- to move away, and until then the job waits with all that it has.
local function wrongHash(names)
    for _, name in ipairs(names) do
        local answer = redis.pcall('HLEN', ns .. name)
        if type(answer) == 'table' and answer.err then
            if not string.find(answer.err, 'WRONGTYPE', 1, true) then return answer end
            return redis.error_reply('WRONGTYPE ' .. ns .. name .. ' is no hash')
        end
    end
end

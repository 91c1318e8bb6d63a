-- holdsFence(lease, fence): the fence check. Whatever writes for a job asks it first, in the same script as the write.
--
-- A lease (w:OWNER, see owner) is the fence under which its lane was claimed, with `:riders` where others ride along.
-- It is gone once the lane was finished, parked, handed back or reaped, and it is another one once the lane was claimed
-- again. So a worker that was frozen past its lease changes nothing, whenever it wakes.
local function holdsFence(lease, fence)
    return lease and (lease == fence or string.match(lease, '^%d+') == fence)
end

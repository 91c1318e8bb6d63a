-- eachPiece(list, size, visit): calls visit(first, last) for consecutive ranges of at most `size` of the list. unpack()
-- fails at about 8,000 values, and a variadic command without values fails too: both in the middle of a script, after
-- writes that nothing takes back. So every variadic call goes through here, or has a length that is bounded and not
-- zero.
local function eachPiece(list, size, visit)
    local count = #list
    local first = 1
    while first <= count do
        local last = math.min(first + size - 1, count)
        visit(first, last)
        first = last + 1
    end
end

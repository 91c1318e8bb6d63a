-- The keys of the queue, in the order of Keys.queue (Swift): every script that moves jobs gets all of them, so that the
-- shared functions find each under one name. Keys of one lane, tenant or owner aren't known before the call; they are
-- derived from `ns` (the namespace with its colon), which carries the one hash tag.
local fenceKey, headKey, moreKey, tickKey, dueKey, ownersKey, connectionKey, resultsKey, changesKey, deadKey, wakeKey,
    heldKey, debtKey, mixedKey, voidKey = unpack(KEYS, 1, 15)
local ringKeys = { h = KEYS[16], n = KEYS[17], l = KEYS[18] }
local ns = ARGV[1]

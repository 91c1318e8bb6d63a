-- The keys of intake, behind the queue's, in the order of Keys.intake (Swift).
--   intake  hash  number, owner, until (ms), at (ms of the take), kinds: the batch in flight; done: number of the last
--                 stored
--   items   list  the payloads of that batch, as producers wrote them, in order
local intakeKey, itemsKey, idDaysKey = KEYS[16], KEYS[17], KEYS[18]
-- Pairs of (moved by a wake-up, pushed by producers), in the order in which intake drains them. The letter names the
-- list.
local ingress = {
    { 'c', KEYS[19], KEYS[20] }, { 'g', KEYS[21], KEYS[22] }, { 's', KEYS[23], KEYS[24] }, { 'd', KEYS[25], KEYS[26] },
}

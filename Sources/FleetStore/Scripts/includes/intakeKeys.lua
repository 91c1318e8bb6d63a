-- The keys of intake, behind the queue's, in the order of Keys.intake (Swift).
--   intake  hash  number, owner, until (ms), at (ms of the take), kinds: the batch in flight; done: number of the last
--                 stored
--   items   list  the payloads of that batch, as producers wrote them, in order
local intakeKey, itemsKey, idDaysKey = KEYS[19], KEYS[20], KEYS[21]
-- Pairs of (moved by a wake-up, pushed by producers), in the order in which intake drains them. The letter names the
-- list.
local ingress = {
    { 'c', KEYS[22], KEYS[23] }, { 'g', KEYS[24], KEYS[25] }, { 's', KEYS[26], KEYS[27] }, { 'd', KEYS[28], KEYS[29] },
}

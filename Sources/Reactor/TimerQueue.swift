import HeapModule

// Deadlines in a binary heap with lazy deletion.
//
// Almost every deadline is cancelled before it comes due (the reply arrives first), so cancelling must be cheap: it
// only clears the timer's slot. The heap keeps the dead entry until it surfaces or until dead entries outnumber live
// ones by far; then the heap is rebuilt from the live ones. So memory is bounded by twice the live timers plus a
// constant, and both verbs are O(log n), amortised.

/// Names one scheduled piece of work; cancelling an old one is harmless.
package struct TimerToken: Sendable, Hashable {
    let slot: UInt32
    let generation: UInt32
}

/// What a timer does when it comes due, and what when the reactor ends before.
struct TimerAction {
    let fire: () -> Void
    let stopped: (() -> Void)?
}

/// The timers of one reactor. Not thread-safe: it lives on the loop.
struct TimerQueue {
    private struct Entry: Comparable {
        let deadline: Int64
        let sequence: UInt64
        let token: TimerToken

        static func < (left: Entry, right: Entry) -> Bool {
            left.deadline != right.deadline ? left.deadline < right.deadline : left.sequence < right.sequence
        }
    }

    private struct Slot {
        var generation: UInt32
        var action: TimerAction?
    }

    private var heap = Heap<Entry>()
    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var sequence: UInt64 = 0

    /// Timers that are scheduled and not cancelled.
    var count: Int { slots.count - free.count }
    /// Entries of the heap, dead ones included.
    var heapCount: Int { heap.count }

    /// The next deadline that may be due, in nanoseconds; nil when nothing is scheduled.
    mutating func nextDeadline() -> Int64? {
        while let first = heap.min {
            if isLive(first.token) { return first.deadline }
            heap.removeMin()
        }
        return nil
    }

    mutating func insert(deadline: Int64, _ action: TimerAction) -> TimerToken {
        let index: UInt32
        if let reused = free.popLast() {
            index = reused
            slots[Int(index)].action = action
        } else {
            index = UInt32(slots.count)
            slots.append(Slot(generation: 0, action: action))
        }
        let token = TimerToken(slot: index, generation: slots[Int(index)].generation)
        sequence &+= 1
        heap.insert(Entry(deadline: deadline, sequence: sequence, token: token))
        return token
    }

    /// True when the timer was still scheduled.
    @discardableResult
    mutating func cancel(_ token: TimerToken) -> Bool {
        guard take(token) != nil else { return false }
        if heap.count > 64, heap.count > 2 * count { rebuild() }
        return true
    }

    /// Takes out the earliest timer that is due at `now`.
    mutating func popDue(now: Int64) -> TimerAction? {
        while let first = heap.min, first.deadline <= now {
            heap.removeMin()
            if let action = take(first.token) { return action }
        }
        return nil
    }

    /// Takes out every timer, due or not.
    mutating func removeAll() -> [TimerAction] {
        var actions: [TimerAction] = []
        while let first = heap.popMin() {
            if let action = take(first.token) { actions.append(action) }
        }
        return actions
    }

    private func isLive(_ token: TimerToken) -> Bool {
        let slot = slots[Int(token.slot)]
        return slot.generation == token.generation && slot.action != nil
    }

    private mutating func take(_ token: TimerToken) -> TimerAction? {
        guard Int(token.slot) < slots.count, isLive(token) else { return nil }
        let action = slots[Int(token.slot)].action
        slots[Int(token.slot)].action = nil
        slots[Int(token.slot)].generation &+= 1
        free.append(token.slot)
        return action
    }

    private mutating func rebuild() {
        heap = Heap(heap.unordered.filter { isLive($0.token) })
    }
}

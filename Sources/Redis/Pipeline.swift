import DequeModule

// The commands of one connection that have no reply yet, as a plain value without I/O.
//
//     pending:  [3: tombstone] [4: waiter, deadline] [5: waiter, deadline]     replies come in this order
//     bytes:    ... sent ........|.... not sent .....
//
// Redis answers in order, so a command that is cancelled or late can't be taken out: its waiter is answered at once, a
// tombstone stays and swallows the reply. Tickets grow from front to back, so a command is found by binary search.
//
// A command's last byte is at `end` in the connection's stream of bytes:
// once `sent` reaches it Redis may have executed the command; before, it surely has not.

/// What is under way on one connection. `Waiter` is told the outcome once.
struct Pipeline<Waiter> {
    struct Pending {
        /// Nil: a tombstone.
        var waiter: Waiter?
        let ticket: UInt64
        let end: UInt64
        /// Nanoseconds of the reactor's clock.
        let deadline: Int64
    }

    var buffer = RESPBuffer()
    private(set) var pending = Deque<Pending>()
    /// Bytes ever appended, and bytes ever handed to the kernel.
    private var appended: UInt64 = 0
    private var sent: UInt64 = 0

    /// Appends a command; `encode` writes it into the buffer.
    ///
    /// - Parameter ticket: its name, greater than those before.
    mutating func append(_ waiter: Waiter, ticket: UInt64, deadline: Int64, encode: (inout RESPBuffer) -> Void) {
        let before = buffer.count
        encode(&buffer)
        appended &+= UInt64(buffer.count - before)
        pending.append(Pending(waiter: waiter, ticket: ticket, end: appended, deadline: deadline))
    }

    mutating func didSend(_ count: Int) {
        buffer.didSend(count)
        sent &+= UInt64(count)
    }

    /// The command that the next reply belongs to; nil when none is pending.
    mutating func popFirst() -> Pending? { pending.popFirst() }

    /// Leaves a tombstone and returns the waiter; nil when the command is answered already.
    mutating func abandon(_ ticket: UInt64) -> Waiter? {
        guard let index = index(of: ticket) else { return nil }
        defer { pending[index].waiter = nil }
        return pending[index].waiter
    }

    func isPending(_ ticket: UInt64) -> Bool {
        guard let index = index(of: ticket) else { return false }
        return pending[index].waiter != nil
    }

    /// Leaves tombstones for all commands whose deadline has passed, and returns their waiters.
    mutating func expire(now: Int64) -> [Waiter] {
        var expired: [Waiter] = []
        for index in pending.indices where pending[index].deadline <= now {
            guard let waiter = pending[index].waiter else { continue }
            pending[index].waiter = nil
            expired.append(waiter)
        }
        return expired
    }

    /// True when the oldest command has been without a reply for `grace` beyond its deadline: the peer is dead or
    /// stuck.
    func isStalled(now: Int64, grace: Int64) -> Bool {
        guard let first = pending.first else { return false }
        return first.deadline.addingClamped(grace) <= now
    }

    /// When something has to be looked at next: the earliest deadline of a waiter, or the end of the oldest one's
    /// grace.
    func nextCheck(grace: Int64) -> Int64? {
        guard let first = pending.first else { return nil }
        return pending.reduce(first.deadline.addingClamped(grace)) { $1.waiter == nil ? $0 : min($0, $1.deadline) }
    }

    /// Empties the pipeline for a new connection; says of each waiter whether its command was wholly sent.
    mutating func removeAll() -> [(waiter: Waiter, wasSent: Bool)] {
        let lost = pending.compactMap { entry in entry.waiter.map { (waiter: $0, wasSent: entry.end <= sent) } }
        pending.removeAll()
        buffer.removeAll()
        sent = appended
        return lost
    }

    private func index(of ticket: UInt64) -> Int? {
        var (low, high) = (0, pending.count)
        while low < high {
            let middle = (low + high) / 2
            if pending[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        return low < pending.count && pending[low].ticket == ticket ? low : nil
    }
}

extension Int64 {
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

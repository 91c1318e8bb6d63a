import Synchronization

/// A worker process as the queue knows it: a name that is used once, and the numbers of its calls.
///
/// After a reap the name is dead: cancel everything, register again, get another.
package final class Owner: Sendable {
    /// `host-pid-random`, or whatever the worker chose; unique in time.
    package let name: String
    private let calls = Atomic(0)

    init(name: String) { self.name = name }

    /// Numbers a call, so that it can be repeated.
    func nextCall() -> Int { calls.add(1, ordering: .relaxed).newValue }
}

extension Owner: Hashable, CustomStringConvertible {
    /// The same registration, not just the same name.
    package static func == (left: Owner, right: Owner) -> Bool { left === right }
    /// As `==`.
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    /// The name.
    package var description: String { name }
}

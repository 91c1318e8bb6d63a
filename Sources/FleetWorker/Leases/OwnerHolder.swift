import FleetStore
import Synchronization

/// The name under which the worker claims now; another one after a reap.
final class OwnerHolder: Sendable {
    private struct State {
        var current: Owner?
        var abandoned: [Owner] = []
    }

    private let state = Mutex(State())

    /// nil before the first registration and between a reap and the next.
    var current: Owner? { state.withLock { $0.current } }

    func set(_ owner: Owner) { state.withLock { $0.current = owner } }

    /// Forgets `gone` if it is still the one; true for the first who notices.
    @discardableResult
    func drop(_ gone: Owner) -> Bool {
        state.withLock { state in
            guard state.current === gone else { return false }
            state.current = nil
            return true
        }
    }

    /// `owner` may hold what this worker doesn't know of: it must be signed off, and another name taken.
    func abandon(_ owner: Owner) {
        state.withLock { state in
            if state.abandoned.allSatisfy({ $0 !== owner }) { state.abandoned.append(owner) }
            if state.current === owner { state.current = nil }
        }
    }

    /// Those that wait for being signed off, once.
    func takeAbandoned() -> [Owner] {
        state.withLock { state in exchange(&state.abandoned, with: []) }
    }
}

/// Puts a new value in place of the old one, which it returns.
func exchange<Value>(_ value: inout Value, with new: Value) -> Value {
    defer { value = new }
    return value
}

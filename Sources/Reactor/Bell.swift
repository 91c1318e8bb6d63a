import Synchronization

/// A wake-up between tasks: `ring` wakes the one that waits, or is remembered for the next wait. Many rings before a
/// wait are one. At most one task waits at a time.
package final class Bell: Sendable {
    private enum State {
        case quiet
        case rung
        case waiting(UnsafeContinuation<Bool, Never>)
    }

    private let state = Mutex(State.quiet)

    /// A bell that has not rung.
    package init() {}

    /// Wakes the waiting task, or lets the next wait return at once. From any thread.
    package func ring() {
        let waiter: UnsafeContinuation<Bool, Never>? = state.withLock { state in
            guard case .waiting(let waiter) = state else {
                state = .rung
                return nil
            }
            state = .quiet
            return waiter
        }
        waiter?.resume(returning: true)
    }

    /// Waits for a ring. Traps when another task waits already.
    ///
    /// - Throws: `CancellationError` when the task is cancelled; a ring of that moment stays remembered.
    package func wait() async throws(CancellationError) {
        let rung = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
                // nil: keep waiting.
                let now: Bool? = state.withLock { state in
                    switch state {
                    case .rung:
                        state = .quiet
                        return true
                    case .quiet where Task.isCancelled:
                        return false
                    case .quiet:
                        state = .waiting(continuation)
                        return nil
                    case .waiting:
                        preconditionFailure("two tasks wait for one bell")
                    }
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter: UnsafeContinuation<Bool, Never>? = state.withLock { state in
                guard case .waiting(let waiter) = state else { return nil }
                state = .quiet
                return waiter
            }
            waiter?.resume(returning: false)
        }
        if !rung { throw CancellationError() }
    }

    /// Waits for a ring at most `limit`; true when it rang, false when the time passed first.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    package func wait(for limit: Duration, on reactor: Reactor) async throws -> Bool {
        struct TimedOut: Error {}
        do {
            try await withDeadline(limit, on: reactor, throwing: TimedOut()) { try await self.wait() }
            return true
        } catch is TimedOut {
            return false
        }
    }
}

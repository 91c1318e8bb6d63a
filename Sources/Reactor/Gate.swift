import Synchronization

/// A state that any number of tasks can wait for: open or closed. While it is open, waiting returns at once.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var lastID: UInt64 = 0
        var waiters: [UInt64: UnsafeContinuation<Bool, Never>] = [:]
    }

    private let state = Mutex(State())

    /// A closed gate.
    package init() {}

    /// Whether it is open now.
    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Opens it and wakes all who wait. From any thread.
    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Closes it for those who come from now on. From any thread.
    package func close() { state.withLock { $0.isOpen = false } }

    /// Waits until it opens; it may be closed again by the time the task runs.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    package func wait() async throws(CancellationError) {
        let id = state.withLock { state in
            state.lastID &+= 1
            return state.lastID
        }
        let opened = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
                // nil: keep waiting. Cancelled before: the handler has run and found nobody.
                let now: Bool? = state.withLock { state in
                    if state.isOpen { return true }
                    if Task.isCancelled { return false }
                    state.waiters[id] = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: false)
        }
        if !opened { throw CancellationError() }
    }
}

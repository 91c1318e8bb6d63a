import Synchronization

/// One at a time per key, in the order of arrival; keys don't know of each other.
final class Turns<Key: Hashable & Sendable>: Sendable {
    private struct Waiter {
        let id: Int
        let continuation: UnsafeContinuation<Bool, Never>
    }

    private struct State {
        /// Present while somebody has the turn: those behind.
        var lines: [Key: [Waiter]] = [:]
        var lastID = 0
    }

    private let state = Mutex(State())

    /// Runs `body` when it is this caller's turn.
    ///
    /// - Throws: `CancellationError` when cancelled while waiting; what `body` throws.
    func take<Value: Sendable>(_ key: Key, _ body: () async throws -> Value) async throws -> Value {
        try await wait(key)
        defer { pass(key) }
        return try await body()
    }

    private func wait(_ key: Key) async throws(CancellationError) {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let got = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
                let now: Bool? = state.withLock { state in
                    guard state.lines[key] != nil else {
                        state.lines[key] = []
                        return true
                    }
                    if Task.isCancelled { return false }
                    state.lines[key]?.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.lines[key]?.firstIndex(where: { $0.id == id }) else { return nil }
                return state.lines[key]?.remove(at: index)
            }
            waiter?.continuation.resume(returning: false)
        }
        if !got { throw CancellationError() }
    }

    private func pass(_ key: Key) {
        let next = state.withLock { state -> Waiter? in
            guard var line = state.lines[key], !line.isEmpty else {
                state.lines[key] = nil
                return nil
            }
            let next = line.removeFirst()
            state.lines[key] = line
            return next
        }
        next?.continuation.resume(returning: true)
    }
}

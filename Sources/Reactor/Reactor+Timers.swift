import Synchronization

extension Reactor {
    /// Runs `work` on the loop once `delay` has passed, never earlier, usually within a millisecond after. Loop only.
    ///
    /// A delay of zero or less runs it in the next turn's timer step. Dropped when the reactor stops first.
    @discardableResult
    package func schedule(after delay: Duration, _ work: @escaping () -> Void) -> TimerToken {
        schedule(after: delay, TimerAction(fire: work, stopped: nil))
    }

    /// Takes back scheduled work; nothing happens when it ran already. Loop only.
    package func cancel(_ token: TimerToken) {
        preconditionOnLoop()
        timers.cancel(token)
    }

    /// Suspends the task for at least `duration`, at the cost of a heap entry (no thread, no Dispatch timer). From
    /// anywhere; a negative duration returns soon.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled; `ReactorError.stopped` when the reactor ends.
    package func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        let sleeper = Sleeper(reactor: self)
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                guard sleeper.begin(continuation) else { return }
                if isOnLoop {
                    sleeper.arm(duration)
                } else if !handInCall({ sleeper.arm(duration) }) {
                    sleeper.finish(.failure(ReactorError.stopped))
                }
            }
        } onCancel: {
            sleeper.cancel()
        }
    }

    func schedule(after delay: Duration, _ action: TimerAction) -> TimerToken {
        preconditionOnLoop()
        let (deadline, overflow) = MonotonicClock.nanoseconds.addingReportingOverflow(delay.clampedNanoseconds)
        return timers.insert(deadline: overflow ? .max : deadline, action)
    }
}

/// One sleeping task: whoever comes first of timer, cancellation and the reactor's end resumes it.
private final class Sleeper: Sendable {
    private struct State {
        var continuation: UnsafeContinuation<Void, any Error>?
        var token: TimerToken?
        var finished = false
    }

    private let reactor: Reactor
    private let state = Mutex(State())

    init(reactor: Reactor) { self.reactor = reactor }

    /// False when the task was cancelled before: it is resumed already.
    func begin(_ continuation: UnsafeContinuation<Void, any Error>) -> Bool {
        let finished = state.withLock { state in
            if !state.finished { state.continuation = continuation }
            return state.finished
        }
        if finished { continuation.resume(throwing: CancellationError()) }
        return !finished
    }

    /// On the loop.
    func arm(_ duration: Duration) {
        guard state.withLock({ !$0.finished }) else { return }
        let token = reactor.schedule(
            after: duration,
            TimerAction(
                fire: { self.finish(.success(())) },
                stopped: { self.finish(.failure(ReactorError.stopped)) }))
        let late = state.withLock { state in
            state.token = token
            return state.finished
        }
        if late { reactor.cancel(token) }
    }

    func cancel() {
        let token = finish(.failure(CancellationError()))
        guard let token else { return }
        reactor.executeNowOrLater { [reactor] in reactor.cancel(token) }
    }

    /// Resumes the task once; returns the timer if one is armed.
    @discardableResult
    func finish(_ result: Result<Void, any Error>) -> TimerToken? {
        let (continuation, token) = state.withLock { state in
            defer {
                state.continuation = nil
                state.finished = true
            }
            return (state.continuation, state.token)
        }
        continuation?.resume(with: result)
        return token
    }
}

import FleetStore
import Reactor
import Synchronization

/// An ask on its way to Redis and back. Whoever made it may give up meanwhile; what it then gets must not be lost.
final class PendingAsk: Sendable {
    /// The answer, and when the question was sent: a grant's life begins then, as Redis can't have given it earlier.
    typealias Answer = (answer: BudgetAnswer, sent: ContinuousClock.Instant)

    private enum State {
        case asked
        case answered(Answer)
        case givenUp

        /// Gives up, unless the answer is there.
        mutating func giveUp() -> Answer? {
            if case .answered(let answer) = self { return answer }
            self = .givenUp
            return nil
        }
    }

    let ask: BudgetAsk
    private let bell = Bell()
    private let state = Mutex(State.asked)

    init(_ ask: BudgetAsk) { self.ask = ask }

    /// False once the caller has gone: nothing needs to be asked for it.
    var isWanted: Bool { state.withLock { if case .givenUp = $0 { false } else { true } } }

    /// Waits for the answer.
    ///
    /// - Throws: `CancellationError`; a grant that is here by then, or comes later, is the deliverer's to give back.
    func answer() async throws(CancellationError) -> Answer {
        do {
            try await bell.wait()
        } catch {
            // An answer that came in the same moment is taken: its grant is then given back by the one who uses it.
            if let answer = state.withLock({ $0.giveUp() }) { return answer }
            throw error
        }
        guard case .answered(let answer) = state.withLock({ $0 }) else {
            preconditionFailure("the bell rings after the answer")
        }
        return answer
    }

    /// Hands the answer over; false if nobody is there to take it.
    func deliver(_ answer: Answer) -> Bool {
        let isTaken = state.withLock { state in
            guard case .asked = state else { return false }
            state = .answered(answer)
            return true
        }
        if isTaken { bell.ring() }
        return isTaken
    }
}

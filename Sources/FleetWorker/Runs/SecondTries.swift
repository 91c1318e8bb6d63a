import Graph
import Reactor

// A job of hundreds of requests meets the passing troubles of Graph hundreds of times as often as a job of one, and has
// as many attempts. So what met such a trouble is sent again within the run, as long as the run gets on: others of the
// same batch went through, or a page before it came. Where nothing goes through the attempt ends, and the next one
// waits longer.

/// Sending again within a run.
enum SecondTries {
    /// How often: of a hundred requests of which each fails with a chance of 1 in 10, one in a hundred such jobs then
    /// spends an attempt.
    static let most = 3

    /// How long to wait before the `number`-th (from 1): 125 to 375 ms, and twice as long each time.
    static func pause(before number: Int, random: Double) -> Duration {
        .milliseconds(250) * (1 << (number - 1)) * (0.5 + random)
    }

    /// How long to wait in place for what has no later attempt; nil where that is long, or doesn't help.
    static func wait(after error: any Error, _ number: Int, random: Double) -> Duration? {
        let asked: Duration
        switch error {
        case let error as GraphError where error.isPassing: return pause(before: number, random: random)
        case let error as GraphError:
            guard case .throttled(let wait) = error.action else { return nil }
            asked = wait ?? .seconds(1)
        case let error as BudgetWait: asked = error.length
        default: return nil
        }
        return asked <= longestInPlace ? asked + .milliseconds(50) : nil
    }

    private static let longestInPlace = Duration.seconds(10)
}

extension RunContext {
    /// Waits before the `number`-th second try.
    func pause(before number: Int) async throws {
        try await tools.worker.reactor.sleep(
            for: SecondTries.pause(before: number, random: tools.judge.random()))
    }
}

extension GraphError {
    /// It may well be over in a second, and nobody said how long to wait.
    var isPassing: Bool { action == .retry && !isAnswerTooLarge }
}

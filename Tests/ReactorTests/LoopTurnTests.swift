import Reactor
import Synchronization
import Testing

/// Goal: who asks lets others have their turns, by time and not by count. Method: long work and a short job on one
/// loop.
@Suite(.timeLimit(.minutes(1))) struct LoopTurnTests {
    private final class ShortJob: Sendable {
        let hadItsTurn = Atomic<Bool>(false)
    }

    @Test(
        "long work that asks between its steps keeps a short job from the loop for its turn's length, and no longer",
        arguments: [(1, true), (60_000, false)])
    func shares(length: Int, isShared: Bool) async throws {
        let reactor = try Reactor()
        reactor.start()
        defer { reactor.stop() }
        let shortJob = ShortJob()
        let wasShared = await withTaskExecutorPreference(reactor) {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    var turn = LoopTurn(length: .milliseconds(length))
                    let end = ContinuousClock.now + .milliseconds(isShared ? 10_000 : 100)
                    while ContinuousClock.now < end, !shortJob.hadItsTurn.load(ordering: .relaxed) {
                        await turn.share()
                    }
                    return shortJob.hadItsTurn.load(ordering: .relaxed)
                }
                group.addTask {
                    shortJob.hadItsTurn.store(true, ordering: .relaxed)
                    return false
                }
                return await group.reduce(false) { $0 || $1 }
            }
        }
        #expect(wasShared == isShared)
    }
}

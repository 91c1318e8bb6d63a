import Testing

@testable import FleetWorker

// The machine alone: signal in, exact action out.
@Suite("Drain") struct DrainStateTests {
    @Test("a stop with jobs held takes nothing more and lets them finish")
    func finishes() {
        var state = DrainState()
        #expect(state.stopRequested(held: 2) == .stopTaking)
        #expect(state.phase == .finishing)
        #expect(state.released(held: 1) == .nothing)
        #expect(state.released(held: 0) == .end)
        #expect(state.phase == .over)
    }

    @Test("at the deadline what is held is handed back, once")
    func handsBack() {
        var state = DrainState()
        _ = state.stopRequested(held: 1)
        #expect(state.deadlinePassed() == .cancelRuns)
        #expect(state.deadlinePassed() == .nothing)
        #expect(state.stopRequested(held: 1) == .nothing)
        #expect(state.released(held: 0) == .end)
    }

    @Test("a second signal doesn't wait for the deadline")
    func secondSignal() {
        var state = DrainState()
        _ = state.stopRequested(held: 1)
        #expect(state.stopRequested(held: 1) == .cancelRuns)
    }

    @Test("a stop with nothing held is over at once, and a deadline that comes late does nothing")
    func nothingHeld() {
        var state = DrainState()
        #expect(state.stopRequested(held: 0) == .stopTaking)
        #expect(state.phase == .over)
        #expect(state.deadlinePassed() == .nothing)
    }

    @Test("while it runs, a job that ends is no reason to stop")
    func running() {
        var state = DrainState()
        #expect(state.released(held: 0) == .nothing)
        #expect(state.deadlinePassed() == .nothing)
        #expect(state.phase == .running)
    }
}

import Testing

@testable import Reactor

// @testable: the queue is internal, and its bound on memory cannot be seen from outside.
@Suite("Timer queue")
struct TimerQueueTests {
    private func action(_ work: @escaping () -> Void = {}) -> TimerAction { TimerAction(fire: work, stopped: nil) }

    @Test("timers come due in order of deadline, equal ones in order of scheduling")
    func order() {
        var queue = TimerQueue()
        var fired: [Int] = []
        for (name, deadline) in [(1, 30), (2, 10), (3, 10), (4, 20)] {
            _ = queue.insert(deadline: Int64(deadline), action { fired.append(name) })
        }
        let early = queue.popDue(now: 9)
        if early != nil { Issue.record("a timer fired early") }
        while let due = queue.popDue(now: 25) { due.fire() }
        #expect(fired == [2, 3, 4])
        #expect(queue.nextDeadline() == 30)
    }

    @Test("a cancelled timer never fires, and its token does not hit the slot's next timer")
    func cancel() {
        var queue = TimerQueue()
        let first = queue.insert(deadline: 1, action())
        let cancelled = queue.cancel(first)
        #expect(cancelled)
        _ = queue.insert(deadline: 2, action())
        let again = queue.cancel(first)
        #expect(!again)
        #expect(queue.count == 1)
        #expect(queue.nextDeadline() == 2)
    }

    @Test("cancelled timers do not pile up")
    func bounded() {
        var queue = TimerQueue()
        let kept = queue.insert(deadline: 5, action())
        for round in 0..<100_000 {
            queue.cancel(queue.insert(deadline: 1_000_000 + Int64(round), action()))
        }
        #expect(queue.heapCount <= 100)
        #expect(queue.count == 1)
        let live = queue.cancel(kept)
        #expect(live)
        #expect(queue.nextDeadline() == nil)
    }

    @Test("durations beyond what nanoseconds can hold are clamped")
    func clamped() {
        #expect(Duration.seconds(Int64.max).clampedNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).clampedNanoseconds == .min)
        #expect(Duration.milliseconds(1).clampedNanoseconds == 1_000_000)
    }
}

import Testing

@testable import Redis

// @testable: the pipeline is a plain value; what goes in and what comes out is the whole test.
@Suite("Pipeline")
struct PipelineTests {
    private func pipeline(_ deadlines: [Int64]) -> Pipeline<String> {
        var pipeline = Pipeline<String>()
        for (index, deadline) in deadlines.enumerated() {
            // Tickets with gaps: a ticket may be taken and then not used.
            pipeline.append("w\(index)", ticket: UInt64(10 + 3 * index), deadline: deadline) { $0.append(["PING"]) }
        }
        return pipeline
    }

    @Test("replies belong to commands in order, also to abandoned ones")
    func order() {
        var pipeline = pipeline([100, 100, 100])
        let abandoned = pipeline.abandon(13)
        #expect(abandoned == "w1")
        let again = pipeline.abandon(13)
        #expect(again == nil)
        #expect(pipeline.isPending(10) && !pipeline.isPending(13) && !pipeline.isPending(11))
        let waiters = (0..<3).map { _ in pipeline.popFirst()?.waiter }
        #expect(waiters == ["w0", nil, "w2"])
        let none = pipeline.popFirst()
        #expect(none == nil)
        let late = pipeline.abandon(10)
        #expect(late == nil)
    }

    @Test("late commands become tombstones, the others stay")
    func expiry() {
        var pipeline = pipeline([100, 50, 200])
        #expect(pipeline.nextCheck(grace: 1000) == 50)
        let first = pipeline.expire(now: 50)
        #expect(first == ["w1"])
        #expect(pipeline.nextCheck(grace: 1000) == 100)
        let rest = pipeline.expire(now: 1000)
        #expect(rest == ["w0", "w2"])
        #expect(pipeline.nextCheck(grace: 1000) == 1100)
        #expect(!pipeline.isStalled(now: 1099, grace: 1000))
        #expect(pipeline.isStalled(now: 1100, grace: 1000))
    }

    @Test("a lost connection tells commands that were wholly sent from those that were not")
    func loss() {
        var pipeline = pipeline([100, 100, 100])
        let length = pipeline.buffer.count / 3
        pipeline.didSend(2 * length - 1)
        let lost = pipeline.removeAll()
        #expect(lost.map(\.waiter) == ["w0", "w1", "w2"])
        #expect(lost.map(\.wasSent) == [true, false, false])
        pipeline.append("new", ticket: 99, deadline: 1) { $0.append(["PING"]) }
        #expect(pipeline.buffer.count == length)
        pipeline.didSend(length)
        #expect(pipeline.removeAll().map(\.wasSent) == [true])
    }

    @Test("an empty pipeline has nothing to look at, and endless deadlines don't overflow")
    func extremes() {
        #expect(Pipeline<String>().nextCheck(grace: 5) == nil)
        #expect(!Pipeline<String>().isStalled(now: .max, grace: 5))
        #expect(pipeline([.max]).nextCheck(grace: 5) == .max)
    }

    @Test("waits double up to the cap and are jittered")
    func backoff() {
        var backoff = Backoff(base: .milliseconds(10), cap: .seconds(1))
        var random = SystemRandomNumberGenerator()
        for failures in 0..<100 {
            let bound = failures >= 7 ? Duration.seconds(1) : .milliseconds(10 << failures)
            let wait = backoff.next(using: &random)
            #expect(wait >= .milliseconds(1) && wait <= bound)
        }
        backoff.reset()
        #expect(backoff.next(using: &random) <= .milliseconds(10))
    }
}

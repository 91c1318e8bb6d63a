import CLinux
import Glibc
import Reactor
import Synchronization
import Testing

@Suite("Reactor")
struct ReactorTests {
    @Test("a task that prefers the reactor runs wholly on its loop")
    func runsOnLoop() async throws {
        try await withReactor { reactor in
            #expect(reactor.isOnLoop)
            try await reactor.sleep(for: .milliseconds(1))
            #expect(reactor.isOnLoop)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        await Task.yield()
                        return reactor.isOnLoop
                    }
                }
                for await onLoop in group { #expect(onLoop) }
            }
            let counter = Counter()
            #expect(await counter.add(reactor))
        }
    }

    @Test("sleeping tasks wake in the order of their deadlines and never early")
    func sleepOrder() async throws {
        try await withReactor { reactor in
            let start = reactor.now
            let order = try await withThrowingTaskGroup(of: Int.self) { group in
                for delay in [30, 10, 20] {
                    group.addTask {
                        try await reactor.sleep(for: .milliseconds(delay))
                        #expect(reactor.now - start >= .milliseconds(delay))
                        return delay
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(order == [10, 20, 30])
        }
    }

    @Test("cancelling a sleep ends it at once")
    func cancelSleep() async throws {
        try await withReactor { reactor in
            let start = reactor.now
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        await #expect(throws: CancellationError.self) { try await reactor.sleep(for: .seconds(60)) }
                    }
                }
                await Task.yield()
                group.cancelAll()
            }
            #expect(reactor.now - start < .seconds(10))
        }
    }

    @Test("work handed in from many threads all runs, and wakes an idle loop")
    func executeFromOutside() async throws {
        let reactor = try Reactor()
        reactor.start()
        let count = Count()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    for _ in 0..<100 { reactor.execute { count.value.add(1, ordering: .relaxed) } }
                }
            }
        }
        await reactor.onLoop {}
        #expect(count.value.load(ordering: .relaxed) == 6400)
        reactor.stop()
        reactor.stop()
    }

    @Test("a descriptor gets its turn while jobs keep the loop busy, and jobs while a descriptor is always ready")
    func fairness() async throws {
        try await withReactor { reactor in
            let ready = AlwaysReady()
            reactor.watch(ready.descriptor, for: .read, handler: ready)
            let busy = Task(executorPreference: reactor) {
                while !Task.isCancelled { await Task.yield() }
            }
            try await withDeadline(.seconds(10), on: reactor) { await ready.reached(100) }
            busy.cancel()
            await busy.value
            reactor.unwatch(ready.descriptor)
        }
    }

    @Test("turn-end handlers run once, after the turn's jobs")
    func turnEnd() async throws {
        try await withReactor { reactor in
            let handler = TurnEnd()
            for _ in 0..<3 {
                handler.collected += 1
                if handler.collected == 1 { reactor.atTurnEnd(handler) }
            }
            #expect(handler.calls == [])
            try await reactor.sleep(for: .milliseconds(1))
            #expect(handler.calls == [3])
        }
    }

    @Test("a job that blocks the loop shows in the statistics")
    func lag() async throws {
        try await withReactor { reactor in
            _ = reactor.takeLongestTurn()
            usleep(20_000)
            #expect(reactor.statistics.currentTurn >= .milliseconds(20))
            try await reactor.sleep(for: .milliseconds(1))
            #expect(reactor.takeLongestTurn() >= .milliseconds(20))
            #expect(reactor.statistics.turns > 0)
        }
    }

    @Test("a reactor that stops wakes its sleepers with an error")
    func stopWakes() async throws {
        let reactor = try Reactor()
        reactor.start()
        let asleep = Task { try await reactor.sleep(for: .seconds(600)) }
        // Two round trips: by then the timer is usually armed; before or after, the sleeper must end.
        await reactor.onLoop {}
        reactor.stop()
        await #expect(throws: ReactorError.stopped) { try await asleep.value }
    }
}

/// Runs `body` on a reactor of its own.
func withReactor(_ body: @escaping @Sendable (Reactor) async throws -> Void) async throws {
    let reactor = try Reactor(name: "test")
    reactor.start()
    defer { reactor.stop() }
    try await withTaskExecutorPreference(reactor) { try await body(reactor) }
}

private final class Count: Sendable {
    let value = Atomic(0)
}

private actor Counter {
    func add(_ reactor: Reactor) -> Bool { reactor.isOnLoop }
}

private final class TurnEnd: TurnEndHandler {
    var collected = 0
    var calls: [Int] = []
    func turnEnded() { calls.append(collected) }
}

/// An eventfd that is never read, so always readable.
private final class AlwaysReady: DescriptorHandler, Sendable {
    let descriptor = eventfd(1, 0)
    private let count = Atomic(0)
    deinit { close(descriptor) }
    func descriptorReady(_ descriptor: Int32, _ ready: Interest) { count.add(1, ordering: .relaxed) }
    func reached(_ target: Int) async {
        while count.load(ordering: .relaxed) < target, !Task.isCancelled { await Task.yield() }
    }
}

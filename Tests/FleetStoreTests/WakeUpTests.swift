// Goal: a sleeping worker is woken by a push, one worker per payload, and no payload is lost on the way. Method: real
// blocking reads.
import FleetCore
import Logging
import Reactor
import Redis
import Synchronization
import TestSupport
import Testing

@testable import FleetStore

@Suite("Wake-up")
struct WakeUpTests {
    /// Runs so many wake-ups on one store; the counts are their calls.
    private static func with(
        sleepers: Int, _ body: @escaping @Sendable (StoreHarness, [WakeUp], Counts) async throws -> Void
    ) async throws {
        try await StoreHarness.with { harness in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let wakeUps = (0..<sleepers).map { _ in WakeUp(harness.store, logger: logger) }
            let counts = Counts(sleepers)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, wakeUp) in wakeUps.enumerated() {
                    group.addTask { await wakeUp.run { counts.add(index) } }
                }
                defer { group.cancelAll() }
                try await eventually("all block") {
                    let clients = try await harness.redis.send(["CLIENT", "LIST"]).string ?? ""
                    let blocked = clients.matches(of: #/cmd=bl(move|pop)/#).count
                    return blocked >= 5 * sleepers
                }
                try await body(harness, wakeUps, counts)
            }
        }
    }

    @Test("a push to any list wakes, and the payload lies where intake looks first", arguments: IngressList.allCases)
    func wakes(list: IngressList) async throws {
        try await Self.with(sleepers: 1) { harness, _, counts in
            try await harness.push("x", to: list)
            try await eventually("woken") { counts.total == 1 }
            let owner = try await harness.owner()
            let batch = try await harness.take(owner)
            #expect(batch.payloads.map(\.list) == [list])
        }
    }

    @Test("lesson 48: one push wakes one of several workers, not all of them")
    func wakesOne() async throws {
        try await Self.with(sleepers: 4) { harness, _, counts in
            for number in 1...3 {
                try await harness.push("x")
                try await eventually("woken") { counts.total == number }
            }
            #expect(counts.total == 3)
            let owner = try await harness.owner()
            #expect(try await harness.take(owner).payloads.count == 3)
        }
    }

    @Test("a marker of a busy worker wakes")
    func marker() async throws {
        try await Self.with(sleepers: 1) { harness, _, counts in
            try await harness.redis.send(["LPUSH", RedisValue(harness.keys.wake), 1])
            try await eventually("woken") { counts.total == 1 }
        }
    }

    @Test("a worker that doesn't listen reads one payload more at most, and hears again when it listens")
    func gate() async throws {
        try await Self.with(sleepers: 1) { harness, wakeUps, counts in
            wakeUps[0].listen(false)
            for _ in 0..<5 { try await harness.push("x") }
            try await eventually("the read that stood") { counts.total == 1 }
            #expect(try await harness.redis.send(["LLEN", RedisValue(harness.keys.ingress(.general))]).int == 4)
            wakeUps[0].listen(true)
            try await eventually("the others") { counts.total == 5 }
        }
    }

    @Test("lesson 17: a blocking read whose connection is half open is noticed, and pushes wake the worker again")
    func halfOpen() async throws {
        let directory = try TemporaryDirectory()
        let server = try await SharedRedis.server()
        let proxy = try HalfOpenProxy(path: directory.file("proxy.sock"), target: server.socketPath)
        defer { proxy.stop() }
        try await StoreHarness.with(url: "unix://" + directory.file("proxy.sock")) { harness in
            let wakeUp = WakeUp(harness.store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let counts = Counts(1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await wakeUp.run { counts.add(0) } }
                defer { group.cancelAll() }
                try await harness.push("x")
                try await eventually("woken") { counts.total == 1 }
                try await eventually("all block") { proxy.silenceBlocking() == 5 }
                // Whichever old read takes the first of these, nobody hears of it; a read of a fresh connection does.
                try await eventually("woken again", within: .seconds(40)) {
                    try await harness.push("x")
                    return counts.total > 1
                }
                let owner = try await harness.owner()
                #expect(
                    try await harness.take(owner).payloads.count > 2, "what no one heard of lies where intake looks")
            }
        }
    }
}

/// How often each sleeper was woken.
final class Counts: Sendable {
    private let counts: Mutex<[Int]>
    init(_ sleepers: Int) { counts = Mutex(Array(repeating: 0, count: sleepers)) }
    func add(_ index: Int) { counts.withLock { $0[index] += 1 } }
    var total: Int { counts.withLock { $0.reduce(0, +) } }
}

import Testing

@testable import HTTP

/// Goal: no host ever runs more than it may, nobody is forgotten in line. Method: the pure structure, step by step.
@Suite struct HostLinesTests {
    private func lines() -> HostLines<String, Int> {
        HostLines(connectionsPerHost: 2, streamsPerConnection: 10, maximumWaiting: 3)
    }

    @Test("an unknown host gets its connections, then a line, then a refusal")
    func caps() {
        var lines = lines()
        let entries = (1...6).map { lines.enter($0, "a") }
        #expect(entries == [.runs, .runs, .waits, .waits, .waits, .full])
        #expect(lines.enter(7, "b") == .runs)
    }

    @Test("who leaves lets the first in line run")
    func order() {
        var lines = lines()
        for item in 1...5 { _ = lines.enter(item, "a") }
        #expect(lines.leave("a", multiplexed: false) == [3])
        #expect(lines.leave("a", multiplexed: nil) == [4])
        #expect(lines.waitingCount == 1)
    }

    @Test("a host that speaks HTTP/2 gets its streams at once, and loses them with HTTP/1.1")
    func multiplexing() {
        var lines = lines()
        for item in 1...5 { _ = lines.enter(item, "a") }
        #expect(lines.leave("a", multiplexed: true) == [3, 4, 5])
        #expect((6...21).map { lines.enter($0, "a") }.allSatisfy { $0 == .runs })
        #expect(lines.enter(22, "a") == .waits)
        #expect(lines.leave("a", multiplexed: false).isEmpty)
    }

    @Test("who gives up in line doesn't run later and frees its place")
    func abandoning() {
        var lines = lines()
        for item in 1...5 { _ = lines.enter(item, "a") }
        lines.abandon(3, "a")
        lines.abandon(99, "a")
        #expect(lines.waitingCount == 2)
        #expect(lines.leave("a", multiplexed: nil) == [4])
    }

    @Test("idle hosts don't pile up, busy ones stay")
    func forgetting() {
        var lines = lines()
        _ = lines.enter(0, "busy")
        for item in 1...1000 {
            _ = lines.enter(item, "host \(item)")
            _ = lines.leave("host \(item)", multiplexed: true)
        }
        #expect(lines.hostCount <= HostLines<String, Int>.rememberedHosts + 1)
        _ = lines.enter(0, "busy")
        #expect(lines.enter(1, "busy") == .waits)
    }
}

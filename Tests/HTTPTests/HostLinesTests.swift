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
        #expect(lines.leave(1, "a", .http1) == [3])
        #expect(lines.leave(2, "a", .failed) == [4])
        #expect(lines.waitingCount == 1)
    }

    @Test("a host that speaks HTTP/2 gets its streams at once, and loses them with HTTP/1.1")
    func multiplexing() {
        var lines = lines()
        for item in 1...5 { _ = lines.enter(item, "a") }
        #expect(lines.leave(1, "a", .http2) == [3, 4, 5])
        #expect((6...11).map { lines.enter($0, "a") }.allSatisfy { $0 == .runs })
        #expect(lines.leave(2, "a", .http1).isEmpty)
        #expect(lines.enter(12, "a") == .waits)
    }

    @Test("when all streams are taken one pioneer opens the next connection, and the others wait for it")
    func pioneer() {
        var lines = lines()
        _ = lines.enter(0, "a")
        _ = lines.leave(0, "a", .newConnection)
        #expect((1...10).map { lines.enter($0, "a") }.allSatisfy { $0 == .runs })
        #expect((11...13).map { lines.enter($0, "a") } == [.runs, .waits, .waits])
        #expect(lines.leave(1, "a", .http2).isEmpty, "11 runs where 1 ran; the pioneer isn't back")
        #expect(lines.leave(11, "a", .newConnection) == [12, 13], "now there are two connections")
        #expect((14...21).map { lines.enter($0, "a") }.allSatisfy { $0 == .runs })
        #expect(lines.enter(22, "a") == .runs)
        #expect(lines.enter(23, "a") == .waits, "two connections are the most")
    }

    @Test("a pioneer that found a free stream opened nothing: another goes")
    func luckyPioneer() {
        var lines = lines()
        _ = lines.enter(0, "a")
        _ = lines.leave(0, "a", .newConnection)
        for item in 1...13 { _ = lines.enter(item, "a") }
        #expect(lines.leave(11, "a", .http2) == [12])
        #expect(lines.leave(12, "a", .newConnection) == [13])
    }

    @Test("a pioneer that fails is followed by another")
    func failedPioneer() {
        var lines = lines()
        _ = lines.enter(0, "a")
        _ = lines.leave(0, "a", .newConnection)
        for item in 1...12 { _ = lines.enter(item, "a") }
        #expect(lines.leave(11, "a", .failed) == [12])
        _ = lines.enter(13, "a")
        #expect(lines.leave(1, "a", .http2).isEmpty, "12 is the pioneer now")
        #expect(lines.leave(12, "a", .newConnection) == [13])
    }

    @Test("who gives up in line doesn't run later and frees its place")
    func abandoning() {
        var lines = lines()
        for item in 1...5 { _ = lines.enter(item, "a") }
        lines.abandon(3, "a")
        lines.abandon(99, "a")
        #expect(lines.waitingCount == 2)
        #expect(lines.leave(1, "a", .failed) == [4])
    }

    @Test("idle hosts don't pile up, busy ones stay")
    func forgetting() {
        var lines = lines()
        _ = lines.enter(0, "busy")
        for item in 1...1000 {
            _ = lines.enter(item, "host \(item)")
            _ = lines.leave(item, "host \(item)", .http2)
        }
        #expect(lines.hostCount <= HostLines<String, Int>.rememberedHosts + 1)
        _ = lines.enter(0, "busy")
        #expect(lines.enter(1, "busy") == .waits)
    }
}

extension HostLines.Exit {
    fileprivate static var http1: Self { .answered(multiplexed: false, overNewConnection: false) }
    fileprivate static var http2: Self { .answered(multiplexed: true, overNewConnection: false) }
    fileprivate static var newConnection: Self { .answered(multiplexed: true, overNewConnection: true) }
}

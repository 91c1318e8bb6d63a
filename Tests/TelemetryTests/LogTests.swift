// Goal: what an operator's log store gets. Method: loggers on a sink that keeps its lines.
import Logging
import Synchronization
import Telemetry
import Testing

/// Keeps the lines of a sink.
final class Lines: Sendable {
    private let stored = Mutex<[String]>([])
    var all: [String] { stored.withLock { $0 } }
    func add(_ line: String) { stored.withLock { $0.append(line) } }

    /// A logger whose lines land here.
    func logger(_ format: LogFormat = .json, level: Logger.Level = .info) -> Logger {
        let sink = LogSink(format: format) { [self] line in add(line) }
        return Logger(label: "worker") { label in FleetLogHandler(label: label, level: level, sink: sink) }
    }

    /// Everything from `"logger"` on: without the time.
    var bodies: [String] {
        all.map { line in line.range(of: "\"logger\"").map { String(line[$0.lowerBound...]) } ?? line }
    }
}

extension String {
    /// The first place of a text; without Foundation.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text), let end = index(start, offsetBy: text.count, limitedBy: endIndex) {
                return start..<end
            }
            start = index(after: start)
        }
        return nil
    }
}

@Suite("Logs")
struct LogTests {
    @Test("a JSON line has its fields flat, sorted, numbers as numbers")
    func json() throws {
        let lines = Lines()
        lines.logger().event(
            .info, "job ended",
            [.tenantID: "acme", .count: 3, .seconds: .seconds(.milliseconds(1250)), .code: "expired"])
        #expect(
            lines.bodies == [
                "\"logger\":\"worker\",\"message\":\"job ended\",\"code\":\"expired\",\"count\":3,\"seconds\":1.25,"
                    + "\"tenant_id\":\"acme\"}\n"
            ])
        let line = try #require(lines.all.first)
        #expect(line.hasPrefix("{\"time\":\"20") && line.contains("Z\",\"level\":\"info\","))
    }

    @Test("a hostile value stays inside its field", arguments: [LogFormat.json, .text])
    func hostile(format: LogFormat) throws {
        let lines = Lines()
        lines.logger(format).event(.info, "job ended", [.jobID: "a\"\\\n{\"level\":\"error\"}\u{1b}[31m\u{0}"])
        let line = try #require(lines.all.first)
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(!line.unicodeScalars.contains("\u{1b}") && !line.unicodeScalars.contains("\u{0}"))
    }

    @Test("a field can't hide one of the line's own members")
    func reserved() {
        let lines = Lines()
        var logger = lines.logger()
        logger[metadataKey: "level"] = "error"
        logger.event(.info, "x")
        #expect(lines.bodies == ["\"logger\":\"worker\",\"message\":\"x\",\"_level\":\"error\"}\n"])
    }

    @Test("a text line is for eyes: time, level, name, message, fields")
    func text() throws {
        let lines = Lines()
        lines.logger(.text).event(
            .warning, "Redis is away", [.endpoint: "127.0.0.1:6379", .error: "connection refused"])
        let line = try #require(lines.all.first)
        #expect(
            line.hasSuffix(
                " warning  worker: Redis is away endpoint=127.0.0.1:6379 error=\"connection refused\"\n"), "\(line)")
    }

    @Test("fields bound once are on every line, and a secret is never readable")
    func bound() {
        let lines = Lines()
        let logger = lines.logger().with([.jobID: "j-1", .key: .secret(Secret("eyJhbGci"))])
        logger.event(.info, "one")
        logger.event(.info, "two", [.jobID: "j-2"])
        #expect(lines.bodies[0].contains("\"job_id\":\"j-1\"") && lines.bodies[0].contains("\"key\":\"***\""))
        #expect(lines.bodies[1].contains("\"job_id\":\"j-2\""))
    }

    @Test("below the level nothing is built")
    func level() {
        let lines = Lines()
        func fields() -> LogFields {
            Issue.record("built fields for a line that isn't written")
            return [:]
        }
        lines.logger(level: .warning).event(.info, "quiet", fields())
        #expect(lines.all.isEmpty)
    }

    @Test("a flood passes its first lines only, other lines go on")
    func flood() {
        let lines = Lines()
        let logger = lines.logger()
        for _ in 0..<500 { logger.event(.warning, "fault") }
        logger.event(.warning, "another")
        #expect(lines.bodies.count { $0.contains("fault") } == 50)
        #expect(lines.bodies.count { $0.contains("another") } == 1)
    }

    @Test("an outage is two lines: begin, and end with its length")
    func outage() {
        let lines = Lines()
        let logger = lines.logger()
        var outage = OutageLog(began: "Redis is away", ended: "Redis is back")
        let start = ContinuousClock.now
        outage.succeeded(logger, now: start)
        for second in 0..<60 {
            outage.failed(logger, [.error: "connection refused"], now: start.advanced(by: .seconds(second)))
        }
        #expect(outage.downSince == start)
        outage.succeeded(logger, now: start.advanced(by: .milliseconds(61_234)))
        outage.succeeded(logger, now: start.advanced(by: .seconds(62)))
        #expect(
            lines.bodies == [
                "\"logger\":\"worker\",\"message\":\"Redis is away\",\"error\":\"connection refused\"}\n",
                "\"logger\":\"worker\",\"message\":\"Redis is back\",\"failures\":60,\"seconds\":61.234}\n",
            ])
    }
}

import Glibc
package import Logging
import Synchronization

/// Where log lines go, one per process: shared by all loggers, so that flood control sees all of them.
///
/// A line is one `write(2)`, which doesn't mix with others' lines up to the pipe's 4 KiB. If whoever reads the pipe
/// stops reading, the write waits: a log line is never lost in silence, and a supervisor that doesn't read logs is
/// broken anyway.
package final class LogSink: Sendable {
    let format: LogFormat
    private let write: @Sendable (String) -> Void
    private let limiter: Mutex<FloodLimiter>

    /// Writes to a file descriptor, 2 (standard error) unless said.
    package convenience init(format: LogFormat, descriptor: Int32 = 2) {
        self.init(format: format, limiter: FloodLimiter()) { line in Self.writeAll(line, to: descriptor) }
    }

    /// Hands each line, with its newline, to a closure: for tests.
    package convenience init(format: LogFormat, write: @escaping @Sendable (String) -> Void) {
        self.init(format: format, limiter: FloodLimiter(), write: write)
    }

    init(format: LogFormat, limiter: FloodLimiter, write: @escaping @Sendable (String) -> Void) {
        self.format = format
        self.write = write
        self.limiter = Mutex(limiter)
    }

    func emit(_ line: LogLine, now: ContinuousClock.Instant = .now) {
        let kind = FloodLimiter.Kind(level: line.level.rawValue, message: line.message)
        let (ended, verdict) = limiter.withLock { ($0.ended(now: now), $0.admit(kind, now: now)) }
        for (kind, suppressed) in ended {
            let metadata: Logger.Metadata = [
                LogKey.suppressed.rawValue: .stringConvertible(suppressed),
                LogKey.reason.rawValue: .string(kind.message),
            ]
            let note = LogLine(
                time: line.time, level: .warning, label: "log", message: "log lines left out", metadata: metadata)
            write(note.rendered(as: format))
        }
        if verdict == .pass { write(line.rendered(as: format)) }
    }

    private static func writeAll(_ line: String, to descriptor: Int32) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, !rest.isEmpty {
                let written = Glibc.write(descriptor, base, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return  // Nobody left to tell.
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }
}

/// swift-log's handler for this house: JSON lines or text, flood control, see ``LogSink``.
package struct FleetLogHandler: LogHandler {
    /// Lines below it aren't built.
    package var logLevel: Logger.Level
    /// Bound to every line of this logger.
    package var metadata: Logger.Metadata = [:]
    /// Of swift-log; not used by us.
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let sink: LogSink

    /// One per logger; the sink is shared.
    package init(label: String, level: Logger.Level, sink: LogSink) {
        self.label = label
        self.sink = sink
        logLevel = level
    }

    /// One field, as swift-log's protocol asks.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Renders and writes one line, or counts it as suppressed.
    package func log(event: LogEvent) {
        var fields = metadata
        if let metadataProvider { fields.merge(metadataProvider.get()) { own, _ in own } }
        if let given = event.metadata { fields.merge(given) { _, given in given } }
        if let error = event.error { fields[LogKey.error.rawValue] = .string("\(error)") }
        sink.emit(
            LogLine(
                time: .now, level: event.level, label: label, message: event.message.description, metadata: fields))
    }
}

extension LoggingSystem {
    /// Sets up logging for the process. Once, first thing in `main`: swift-log traps on a second call.
    package static func bootstrapFleet(level: Logger.Level, format: LogFormat, descriptor: Int32 = 2) {
        let sink = LogSink(format: format, descriptor: descriptor)
        bootstrap { label in FleetLogHandler(label: label, level: level, sink: sink) }
    }
}

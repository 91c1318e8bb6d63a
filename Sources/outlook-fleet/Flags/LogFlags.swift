import ArgumentParser
import Logging
import Telemetry

/// Of long-running programs.
struct LogFlags: ParsableArguments {
    enum Spec {
        static let level = FlagSpec<Logger.Level>.choice("log-level", .info, "What to log, and what is above it.")
        static let format = FlagSpec<LogFormat>.choice(
            "log-format", .json, "How a log line looks; logs go to standard error.")
    }

    @Option(Spec.level) var logLevel: String?
    @Option(Spec.format) var logFormat: String?

    struct Values: Sendable {
        var level: Logger.Level
        var format: LogFormat
    }

    func read(_ reader: inout SettingsReader) -> Values {
        Values(level: reader.value(Spec.level, logLevel), format: reader.value(Spec.format, logFormat))
    }
}

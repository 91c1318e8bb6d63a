package import Logging

extension Logger {
    /// Writes one line: a constant message, data only as fields. The message is a `StaticString`, so nothing can be
    /// pasted into it; a search for it finds every such line, and the flood limiter can count by it.
    ///
    /// Levels: `info` for life cycle and outcomes, never per request; `warning` for what an operator should look at;
    /// `error` for what needs somebody; `debug` for everything else. The fields aren't built below the level.
    package func event(
        _ level: Logger.Level, _ message: StaticString, _ fields: @autoclosure () -> LogFields = LogFields(),
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        guard logLevel <= level else { return }
        log(
            level: level, Message(stringLiteral: message.description), metadata: fields().metadata, file: file,
            function: function, line: line)
    }

    /// A logger that adds these fields to each of its lines: bound once, at claim, not repeated per line.
    package func with(_ fields: LogFields) -> Logger {
        var copy = self
        for (key, value) in fields.metadata { copy[metadataKey: key] = value }
        return copy
    }
}

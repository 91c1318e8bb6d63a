import Logging

/// One value of a log line. Numbers stay numbers in JSON. There is no way in for a ``Secret`` except as `***`.
package struct LogValue: Sendable {
    let metadata: Logger.MetadataValue

    /// Any text: an id, a code, a host. Never a payload or a token.
    package static func text(_ text: String) -> LogValue { LogValue(metadata: .string(text)) }
    /// A count or a size.
    package static func number(_ number: some BinaryInteger) -> LogValue {
        LogValue(metadata: .stringConvertible(Int64(clamping: number)))
    }
    /// Yes or no.
    package static func flag(_ flag: Bool) -> LogValue { LogValue(metadata: .stringConvertible(flag)) }
    /// A duration in seconds, to the millisecond; its key is ``LogKey/seconds`` or ends in it.
    package static func seconds(_ duration: Duration) -> LogValue {
        LogValue(metadata: .stringConvertible(duration.roundedSeconds))
    }
    /// Whatever describes itself: ids, enums, errors whose description keeps the rules for errors.
    package static func of(_ value: some CustomStringConvertible & Sendable) -> LogValue {
        LogValue(metadata: .string(value.description))
    }
    /// Shows as `***`: that there is one, not what it is.
    package static func secret(_ secret: Secret) -> LogValue { of(secret) }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// A constant text.
    package init(stringLiteral value: String) { self = .text(value) }
    /// A constant number.
    package init(integerLiteral value: Int) { self = .number(value) }
    /// A constant yes or no.
    package init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// The fields of a log line: keys from ``LogKey``, values that can't hold a secret. Written as a dictionary literal;
/// of a key given twice the last value stands.
package struct LogFields: Sendable, ExpressibleByDictionaryLiteral {
    private(set) var metadata: Logger.Metadata = [:]

    /// No field.
    package init() {}

    /// `[.tenantID: .of(tenant), .count: .number(3)]`
    package init(dictionaryLiteral elements: (LogKey, LogValue)...) {
        for (key, value) in elements { metadata[key.rawValue] = value.metadata }
    }

    /// Reads nothing, sets or (with nil) drops one field: for fields that only sometimes apply.
    package subscript(key: LogKey) -> LogValue? {
        get { metadata[key.rawValue].map(LogValue.init(metadata:)) }
        set { metadata[key.rawValue] = newValue?.metadata }
    }
}

extension Duration {
    /// Seconds as a number, rounded to milliseconds: what logs show and people read.
    var roundedSeconds: Double {
        let (seconds, attoseconds) = components
        let milliseconds = (Double(attoseconds) / 1e15).rounded()
        return (Double(seconds) * 1000 + milliseconds) / 1000
    }
}

import Logging

/// How a log line looks. `json`: one object a line, for machines. `text`: for a person at a terminal.
package enum LogFormat: String, Sendable, CaseIterable {
    case json, text
}

/// The parts of a line, before they are text.
struct LogLine {
    var time: WallTime
    var level: Logger.Level
    var label: String
    var message: String
    /// Sorted by key, so that equal lines are equal bytes.
    var fields: [(key: String, value: Logger.MetadataValue)]

    init(time: WallTime, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.label = label
        self.message = message
        fields = metadata.map { (key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    /// The line with its newline.
    func rendered(as format: LogFormat) -> String {
        switch format {
        case .json: json
        case .text: text
        }
    }

    /// `{"time":"...","level":"info","logger":"worker","message":"job ended","job_id":"j-1"}`; fields flat, so that
    /// every log store can search them. A foreign field named like one of ours gets a `_` in front.
    private var json: String {
        var line = "{\"time\":\"\(time.rfc3339)\",\"level\":\"\(level.rawValue)\",\"logger\":"
        line.appendJSON(label)
        line += ",\"message\":"
        line.appendJSON(message)
        for (key, value) in fields {
            line += ","
            line.appendJSON(Self.reserved.contains(key) ? "_" + key : key)
            line += ":"
            line.appendJSON(value)
        }
        return line + "}\n"
    }

    /// `12:00:00.000 info  worker: job ended job_id=j-1`
    private var text: String {
        let name = level.rawValue
        let padding = String(repeating: " ", count: max(0, 8 - name.count))
        var line = "\(time.clock) \(name)\(padding) \(label): "
        line.appendPrintable(message)
        for (key, value) in fields {
            line += " "
            line.appendPrintable(key)
            line += "="
            let shown = value.description
            if shown.isEmpty || shown.contains(" ") {
                line += "\""
                line.appendPrintable(shown)
                line += "\""
            } else {
                line.appendPrintable(shown)
            }
        }
        return line + "\n"
    }

    private static let reserved: Set<String> = ["time", "level", "logger", "message"]
}

// MARK: - Text that can't break out of its line

extension String {
    /// Appends a JSON string: control characters, quotes and backslashes escaped.
    fileprivate mutating func appendJSON(_ text: String) {
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{0}"..."\u{1F}", "\u{7F}": append(Self.escape(scalar))
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }

    fileprivate mutating func appendJSON(_ value: Logger.MetadataValue) {
        switch value {
        case .stringConvertible(let number as Int64): append(String(number))
        case .stringConvertible(let number as Int): append(String(number))
        case .stringConvertible(let flag as Bool): append(flag ? "true" : "false")
        case .stringConvertible(let number as Double) where number.isFinite: append("\(number)")
        case .array, .dictionary, .string, .stringConvertible: appendJSON(value.description)
        @unknown default: appendJSON(value.description)
        }
    }

    /// Appends with control characters escaped: a hostile id can't start a line of its own or colour the terminal.
    fileprivate mutating func appendPrintable(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": append(Self.escape(scalar))
            default: unicodeScalars.append(scalar)
            }
        }
    }

    /// `\u001b`; only for scalars of the basic plane.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}

import FleetCore

/// What an error's body says, whatever its shape: Graph's `{"error":{"code","message","innerError":{…}}}` with its
/// variants (`innererror`, an empty code, nested inner errors), or HTML, or nothing. Nothing here is trusted for more
/// than a look-up.
struct GraphErrorBody: Equatable {
    /// The codes from the outermost to the innermost error; printable ones only.
    var codes: [String] = []
    var requestID: String?
    /// Of a create whose transaction id was used before.
    var existingEventID: String?
    /// "MailboxConcurrency" in a message: the one thing that only the text tells.
    var isConcurrencyLimit = false

    /// The most specific code.
    var code: String? { codes.last }

    /// Bodies beyond that are no errors of Graph's.
    private static let maximumBytes = 64 << 10
    private static let maximumNesting = 8

    init(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maximumBytes, let root = (try? StrictJSON.parse(bytes))?.objectValue else { return }
        // The token endpoint's shape, from gateways in front of Graph: `error` is a text.
        if let code = root["error"]?.stringValue { add(code) }
        var error = root["error"]?.objectValue
        for _ in 0..<Self.maximumNesting {
            guard let level = error else { break }
            read(level)
            error = (level["innerError"] ?? level["innererror"])?.objectValue
        }
    }

    private mutating func read(_ error: JSONObject) {
        if let code = error["code"]?.stringValue { add(code) }
        requestID = requestID ?? printable(error["request-id"]?.stringValue, maximum: 64)
        existingEventID = existingEventID ?? error["@event.existingEventId"]?.stringValue
        if let message = error["message"]?.stringValue, message.lowercased().contains("mailboxconcurrency") {
            isConcurrencyLimit = true
        }
    }

    /// An inner `"code":"429"` repeats the status and says nothing.
    private mutating func add(_ code: String) {
        guard let code = printable(code, maximum: 100), Int(code) == nil else { return }
        codes.append(code)
    }
}

/// The text if it consists of letters, digits and `._-` only: what comes from outside and is shown must not be able to
/// hold a token or an address.
func printable(_ text: String?, maximum: Int) -> String? {
    guard let text, !text.isEmpty, text.utf8.count <= maximum else { return nil }
    let isPlain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
    return isPlain ? text : nil
}

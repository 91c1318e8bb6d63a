/// One request, as the log keeps it.
struct LogEntry: Sendable {
    var number: Int
    var at: Instant
    var method: String
    /// Path and query; codes and secrets of the token endpoint are in bodies, which aren't logged.
    var target: String
    var mailbox: String?
    var app: String?
    /// `user`, `app`, or nil without a token that is known.
    var tokenKind: String?
    var status: Int
    var milliseconds: Double = 0
    /// Requests of this app on this mailbox at the start of this one, itself included.
    var inFlight: Int
    /// Number of the batch request of which this was a part.
    var batch: Int?
    var grantType: String?
    var clientRequestID: String?
    var traceparent: String?
    /// Names of the members of its body, sorted; none of a read, a batch, or at the token endpoint.
    var members: [String] = []
    /// Names of the faults that hit it.
    var faults: [String] = []

    var json: JSON {
        var object = JSONObject([
            ("number", JSON(number)), ("time", .string(at.iso)), ("method", .string(method)), ("path", .string(target)),
            ("mailbox", JSON(mailbox)), ("app", JSON(app)), ("token", JSON(tokenKind)), ("status", JSON(status)),
            ("milliseconds", .number((milliseconds * 1000).rounded() / 1000)), ("inFlight", JSON(inFlight)),
        ])
        if let batch { object["batch"] = JSON(batch) }
        if let grantType { object["grantType"] = .string(grantType) }
        if let clientRequestID { object["clientRequestId"] = .string(clientRequestID) }
        if let traceparent { object["traceparent"] = .string(traceparent) }
        if !members.isEmpty { object["members"] = JSON(members) }
        if !faults.isEmpty { object["faults"] = JSON(faults) }
        return .object(object)
    }
}

/// The requests so far, the newest so many of them, and a file if one is wanted.
struct RequestLog {
    private(set) var entries: [LogEntry] = []
    private let capacity: Int
    private var lastNumber = 0
    private var file: LineFile?
    /// Requests by status since the last reset; 0 stands for those that got no answer.
    private(set) var statuses: [Int: Int] = [:]
    private(set) var total = 0

    init(capacity: Int) { self.capacity = capacity }

    /// Also writes each entry as a line of JSON to a file, which is made anew.
    mutating func open(file path: String) throws {
        file = try LineFile(path: path)
    }

    mutating func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    mutating func append(_ entry: LogEntry) {
        entries.append(entry)
        if entries.count > capacity + capacity / 8 { entries.removeFirst(entries.count - capacity) }
        statuses[entry.status, default: 0] += 1
        total += 1
        if file != nil { file?.write(entry.json) }
    }

    mutating func reset() { (entries, statuses, total) = ([], [:], 0) }
}

/// What the simulator does to requests on purpose.
struct Fault: Sendable {
    /// A regular expression over path and query.
    var path: String
    /// So many matching requests pass first.
    var skip = 0
    /// So many requests are hit; nil is all from then on.
    var times: Int?
    /// The simulator's own words for what happens.
    var effect: JSON
    /// Only requests on this mailbox.
    var mailbox: String?
    /// Only requests with this method.
    var method: String?

    /// The same for requests with one method only.
    func on(_ method: String) -> Fault {
        var fault = self
        fault.method = method
        return fault
    }

    /// Pages of delta rounds.
    static let delta = "calendarView/delta"
    /// The token endpoint.
    static let token = "oauth2/v2.0/token"
    /// Every call to Graph.
    static let graph = "^/v1.0/"

    var rule: JSON {
        var rule: JSON = [
            "path": .string(path), "after": .number(Double(skip)), "times": .number(Double(times ?? 0)), "do": effect,
        ]
        if let mailbox { rule["mailbox"] = .string(mailbox) }
        if let method { rule["method"] = .string(method) }
        return rule
    }

    /// An error status with Graph's code of an error.
    static func status(_ status: Int, _ code: String? = nil, on path: String, skip: Int = 0, times: Int? = nil) -> Fault
    {
        var effect: JSON = ["status": .number(Double(status))]
        if let code { effect["code"] = .string(code) }
        return Fault(path: path, skip: skip, times: times, effect: effect)
    }

    /// An answer that comes late; what it says is what was so when the request came.
    static func delay(milliseconds: Int, on path: String, skip: Int = 0, times: Int? = nil) -> Fault {
        Fault(path: path, skip: skip, times: times, effect: ["delayAfter": .number(Double(milliseconds))])
    }

    /// Something odd about the next page of a delta round: `empty`, `duplicate`, `older`, `loop`.
    static func page(_ oddity: String, times: Int = 1) -> Fault {
        Fault(path: delta, times: times, effect: ["page": .string(oddity)])
    }

    /// The caller's access token ends with this request.
    static func expiringToken(on path: String, skip: Int, times: Int) -> Fault {
        Fault(path: path, skip: skip, times: times, effect: ["expireToken": true])
    }
}

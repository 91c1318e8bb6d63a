import Foundation

// Faults.
//
// A rule says which requests it means (method, path by regular expression, mailbox, app, a header of the client),
// which of those it hits (`after` so many, `times` at most, `every` n-th, with a `probability` drawn from the seed),
// and what then happens. Several rules may hit one request; their effects add up, for what only one can decide the
// first rule stands.

/// What a fault does to one request.
struct FaultEffects: Sendable {
    enum Cut: String, Sendable {
        /// Before anything is done.
        case before
        /// After it was done, without a byte of answer.
        case after
        /// After it was done, in the middle of the answer.
        case middle
    }

    enum Hang: String, Sendable {
        case before, after
    }

    var names: [String] = []
    var delayBefore = 0.0
    var delayAfter = 0.0
    var cut: Cut?
    var hang: Hang?
    var answer: Answer?
    /// Whether the request is carried out although `answer` says something else.
    var isExecuted = false
    var truncateTo: Int?
    var isMalformed = false
    var hugeBytes: Int?
    var page: PageFault?
    var nextLinkHost: String?
    var droppedMembers: [String] = []
    var setMembers = JSONObject()
    var expiresToken = false
    var loss: LossSpelling?
    var controlBefore: [JSON] = []
    var controlAfter: [JSON] = []

    var isNothing: Bool { names.isEmpty }

    init() {}
}

/// One rule.
struct FaultRule {
    let name: String
    var source: JSON
    var hits = 0
    private(set) var seen = 0
    private let methods: Set<String>
    private let path: Regex<AnyRegexOutput>?
    private let mailbox: String?
    private let app: String?
    private let after: Int
    private let times: Int
    private let every: Int
    private let probability: Double
    private let effect: JSONObject

    /// Reads a rule.
    ///
    /// - Throws: `ControlFailure` that names the member that is wrong.
    init(_ json: JSON, name: String, mailboxID: (String) -> String?) throws {
        guard let object = json.object, let effect = object["do"]?.object else {
            throw ControlFailure("a fault needs an object \"do\"")
        }
        let known: Set<String> = [
            "name", "method", "path", "mailbox", "app", "after", "nth", "times", "every", "probability", "do",
        ]
        if let odd = object.names.first(where: { !known.contains($0) }) {
            throw ControlFailure("unknown member \(odd)")
        }
        self.name = object["name"]?.string ?? name
        source = json
        methods = Set((object["method"]?.string ?? "").uppercased().split(separator: "|").map(String.init))
        if let pattern = object["path"]?.string {
            guard let regex = try? Regex(pattern) else { throw ControlFailure("path is no regular expression") }
            path = regex
        } else {
            path = nil
        }
        if let name = object["mailbox"]?.string {
            guard let id = mailboxID(name) else { throw ControlFailure("no mailbox \(name)") }
            mailbox = id
        } else {
            mailbox = nil
        }
        app = object["app"]?.string
        let nth = object["nth"]?.integer
        after = nth.map { $0 - 1 } ?? object["after"]?.integer ?? 0
        times = object["times"]?.integer ?? 1
        every = max(1, object["every"]?.integer ?? 1)
        probability = object["probability"]?.number ?? 1
        self.effect = effect
        _ = try FaultEffects(effect, base: "http://localhost")
    }

    /// Whether the rule means this request and it is this request's turn.
    mutating func hit(_ call: HTTPCall, mailbox id: String?, app caller: String?, random: inout SeededRandom) -> Bool {
        guard times == 0 || hits < times, methods.isEmpty || methods.contains(call.method),
            mailbox == nil || mailbox == id, app == nil || app == caller
        else { return false }
        if let path, (try? path.firstMatch(in: call.target)) == nil { return false }
        seen += 1
        guard seen > after, (seen - after - 1) % every == 0 else { return false }
        if probability < 1, random.fraction() >= probability { return false }
        hits += 1
        return true
    }

    func add(to effects: inout FaultEffects, base: String) {
        guard let own = try? FaultEffects(effect, base: base) else { return }
        effects.names.append(name)
        effects.delayBefore += own.delayBefore
        effects.delayAfter += own.delayAfter
        effects.cut = effects.cut ?? own.cut
        effects.hang = effects.hang ?? own.hang
        if effects.answer == nil { (effects.answer, effects.isExecuted) = (own.answer, own.isExecuted) }
        effects.truncateTo = effects.truncateTo ?? own.truncateTo
        effects.isMalformed = effects.isMalformed || own.isMalformed
        effects.hugeBytes = effects.hugeBytes ?? own.hugeBytes
        effects.page = effects.page ?? own.page
        effects.nextLinkHost = effects.nextLinkHost ?? own.nextLinkHost
        effects.droppedMembers += own.droppedMembers
        effects.setMembers.members += own.setMembers.members
        effects.expiresToken = effects.expiresToken || own.expiresToken
        effects.loss = effects.loss ?? own.loss
        effects.controlBefore += own.controlBefore
        effects.controlAfter += own.controlAfter
    }

    var json: JSON {
        var object = source.object ?? JSONObject()
        object["name"] = .string(name)
        object["seen"] = JSON(seen)
        object["hits"] = JSON(hits)
        return .object(object)
    }
}

extension FaultEffects {
    private static let members: Set<String> = [
        "delayBefore", "delayAfter", "cut", "hang", "status", "code", "message", "headers", "retryAfter", "body",
        "html",
        "redirect", "execute", "truncate", "malformed", "huge", "page", "nextLinkHost", "dropMembers", "setMembers",
        "expireToken", "syncState", "control", "controlAfter", "innerError",
    ]

    /// Reads the `do` of a rule.
    init(_ object: JSONObject, base: String) throws {
        if let odd = object.names.first(where: { !Self.members.contains($0) }) {
            throw ControlFailure("a fault can't do \(odd)")
        }
        delayBefore = (object["delayBefore"]?.number ?? 0) / 1000
        delayAfter = (object["delayAfter"]?.number ?? 0) / 1000
        cut = try Self.word(object, "cut", Cut.init)
        hang = try Self.word(object, "hang", Hang.init)
        page = try Self.word(object, "page", PageFault.init)
        loss = try Self.word(object, "syncState", LossSpelling.init)
        truncateTo = object["truncate"]?.integer
        isMalformed = object["malformed"]?.bool ?? false
        hugeBytes = object["huge"]?.integer
        nextLinkHost = object["nextLinkHost"]?.string
        droppedMembers = object["dropMembers"]?.array?.compactMap(\.string) ?? []
        setMembers = object["setMembers"]?.object ?? JSONObject()
        expiresToken = object["expireToken"]?.bool ?? false
        isExecuted = object["execute"]?.bool ?? false
        controlBefore = object["control"]?.array ?? []
        controlAfter = object["controlAfter"]?.array ?? []
        answer = try Self.answer(object)
    }

    private static func word<Value>(_ object: JSONObject, _ name: String, _ make: (String) -> Value?) throws -> Value? {
        guard let text = object[name]?.string else { return nil }
        guard let value = make(text) else { throw ControlFailure("\(name) can't be \(text)") }
        return value
    }

    private static func answer(_ object: JSONObject) throws -> Answer? {
        var headers = object["headers"]?.object?.members.map { ($0.name, $0.value.string ?? $0.value.text) } ?? []
        if let wait = object["retryAfter"] { headers.append(("Retry-After", wait.string ?? wait.text)) }
        if let url = object["redirect"]?.string {
            return Answer(object["status"]?.integer ?? 302, headers: headers + [("Location", url)])
        }
        guard let status = object["status"]?.integer else { return nil }
        guard (100...599).contains(status) else { throw ControlFailure("status is out of range") }
        if object["html"]?.bool ?? false {
            let page = "<html><head><title>\(status)</title></head><body><h1>\(status) Gateway</h1></body></html>"
            return Answer(status, headers: headers, body: .bytes(Array(page.utf8), type: "text/html"))
        }
        if let body = object["body"] {
            if let text = body.string {
                return Answer(status, headers: headers, body: .bytes(Array(text.utf8), type: "text/plain"))
            }
            return Answer(status, headers: headers, body: .json(body))
        }
        var error = JSONObject([
            ("code", object["code"] ?? .string(defaultCode(status))),
            ("message", object["message"] ?? .string("Injected by a fault rule.")),
        ])
        if let inner = object["innerError"] { error["innerError"] = inner }
        return Answer(status, headers: headers, body: .json(["error": .object(error)]))
    }

    private static func defaultCode(_ status: Int) -> String {
        [
            400: "BadRequest", 401: "InvalidAuthenticationToken", 403: "ErrorAccessDenied", 404: "ErrorItemNotFound",
            409: "ErrorIrresolvableConflict", 410: "SyncStateNotFound", 412: "ErrorIrresolvableConflict",
            423: "resourceLocked", 429: "TooManyRequests", 500: "ErrorInternalServerError", 501: "NotImplemented",
            503: "serviceNotAvailable", 507: "quotaLimitReached",
        ][status] ?? "UnknownError"
    }
}

/// All rules, in order of adding.
struct FaultBook {
    private(set) var rules: [FaultRule] = []
    private var lastNumber = 0

    mutating func add(_ json: JSON, mailboxID: (String) -> String?) throws -> FaultRule {
        lastNumber += 1
        let rule = try FaultRule(json, name: "fault-\(lastNumber)", mailboxID: mailboxID)
        rules.append(rule)
        return rule
    }

    mutating func remove(name: String?) { rules.removeAll { name == nil || $0.name == name } }

    mutating func effects(
        on call: HTTPCall, mailbox: String?, app: String?, random: inout SeededRandom
    ) -> FaultEffects {
        var effects = FaultEffects()
        for index in rules.indices where rules[index].hit(call, mailbox: mailbox, app: app, random: &random) {
            rules[index].add(to: &effects, base: call.base)
        }
        return effects
    }
}

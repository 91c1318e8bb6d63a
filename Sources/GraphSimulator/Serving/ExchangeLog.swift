import Synchronization

// Deliberately not as Graph, and so left out or changed, here and nowhere else:
//   - an answer that a fault spoilt, that may show what no person can write into Exchange (`raw` members, an end before
//     the start), or that speaks the dialect `accepted`: only its request is kept
//   - URLs for notifications on loopback, which only a simulator takes without TLS: they are noted as https
// With that a run of all scenarios has no error against Microsoft's description.

/// Whole exchanges with heads and bodies, a line of JSON each, for checks against descriptions of Graph. Secrets and
/// tokens are blanked.
final class ExchangeLog: Sendable {
    private let file = Mutex<LineFile?>(nil)

    private static let secrets: Set<String> = [
        "client_secret", "refresh_token", "access_token", "code", "client_assertion", "id_token", "assertion",
    ]

    /// Writes to this file from now on; it is made anew.
    func open(file path: String) throws {
        let opened = try LineFile(path: path)
        file.withLock { $0 = opened }
    }

    /// Notes an exchange; `answer` is nil where it isn't the simulator's own.
    func note(_ call: HTTPCall, _ answer: Answer?) {
        file.withLock { file in
            guard file != nil else { return }
            file?.write(Self.line(call, answer))
        }
    }

    private static func line(_ call: HTTPCall, _ answer: Answer?) -> JSON {
        let query = call.target.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        let headers = call.headers.map { header in
            (header.name, JSON.string(header.name == "authorization" ? "Bearer ***" : header.value))
        }
        var object = JSONObject([
            ("method", .string(call.method)), ("path", .string(call.path)), ("query", .string(query)),
            ("headers", .object(JSONObject(headers))), ("body", body(call)),
        ])
        if let answer {
            object["status"] = JSON(answer.status)
            object["response_headers"] = .object(JSONObject(answer.headers.map { ($0.0, .string($0.1)) }))
            object["response"] = answer.json.map(blanked) ?? .null
        }
        return .object(object)
    }

    private static func body(_ call: HTTPCall) -> JSON {
        guard !call.body.isEmpty else { return .null }
        if call.header("content-type")?.contains("x-www-form-urlencoded") == true {
            let pairs = FormCoding.pairs(String(decoding: call.body, as: UTF8.self)).map { pair in
                let isHidden = secrets.contains(pair.name)
                let value = pair.name == "code_verifier" ? String(repeating: "a", count: 43) : pair.value
                return "\(pair.name)=\(isHidden ? "***" : FormCoding.encode(value))"
            }
            return .string(pairs.joined(separator: "&"))
        }
        return (try? JSONParser.parse(call.body)).map(blanked) ?? .string(String(decoding: call.body, as: UTF8.self))
    }

    private static func secured(_ url: JSON) -> JSON {
        guard let text = url.string, SubscriptionPlan.isLoopback(text) else { return url }
        return .string("https" + text.dropFirst("http".count))
    }

    private static func blanked(_ value: JSON) -> JSON {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { member in
                        let isHidden = secrets.contains(member.name) && member.value.string != nil
                        if member.name.hasSuffix("otificationUrl") { return (member.name, secured(member.value)) }
                        return (member.name, isHidden ? "***" : blanked(member.value))
                    }))
        case .array(let values): .array(values.map(blanked))
        default: value
        }
    }
}

import Foundation
import Synchronization

/// Whole exchanges with heads and bodies, a line of JSON each, for checks against descriptions of Graph. Secrets and
/// tokens are blanked. An answer that a fault spoilt isn't Graph's: of those only the request is kept.
final class ExchangeLog: Sendable {
    private let file = Mutex<FileHandle?>(nil)

    private static let secrets: Set<String> = [
        "client_secret", "refresh_token", "access_token", "code", "client_assertion", "id_token", "assertion",
    ]

    /// Writes to this file from now on; it is made anew.
    func open(file path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        file.withLock { $0 = handle }
    }

    /// Notes an exchange; `answer` is nil where it isn't the simulator's own.
    func note(_ call: HTTPCall, _ answer: Answer?) {
        file.withLock { file in
            guard let file else { return }
            try? file.write(contentsOf: Data(Self.line(call, answer).bytes + [10]))
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

    private static func blanked(_ value: JSON) -> JSON {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { member in
                        let isHidden = secrets.contains(member.name) && member.value.string != nil
                        return (member.name, isHidden ? "***" : blanked(member.value))
                    }))
        case .array(let values): .array(values.map(blanked))
        default: value
        }
    }
}

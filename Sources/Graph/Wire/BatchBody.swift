import FleetCore
import Foundation
import HTTP

/// The JSON of a `$batch` and of its answer.
enum BatchBody {
    /// The parts are named by their positions.
    static func request(_ calls: [GraphCall]) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 * calls.count)
        writer.beginObject()
        writer.key("requests")
        writer.beginArray()
        for (index, call) in calls.enumerated() { write(call, String(index), to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ call: GraphCall, _ id: String, to writer: inout JSONWriter) {
        guard case .path(let path) = call.target else { preconditionFailure("a batch's URLs are relative") }
        writer.beginObject()
        writer.member("id", id)
        writer.member("method", call.method.rawValue)
        writer.member("url", path)
        writer.key("headers")
        writer.beginObject()
        if call.body != nil { writer.member("Content-Type", "application/json") }
        if !call.preferences.isEmpty { writer.member("Prefer", call.preferences.joined(separator: ", ")) }
        writer.optional("If-Match", call.ifMatch)
        writer.endObject()
        if let body = call.body {
            writer.key("body")
            writer.raw(String(decoding: body, as: UTF8.self))
        }
        writer.endObject()
    }

    /// The parts' answers by the parts' names, as if each had come alone; nil if it is no answer to a batch. Parts that
    /// can't be read are left out.
    static func responses(_ bytes: [UInt8]) -> [String: HTTPResponse]? {
        bytes.withUnsafeBytes { bytes in
            guard let members = try? PageScanner.members(bytes), let range = members["responses"],
                let parts = try? PageScanner.elements(UnsafeRawBufferPointer(rebasing: bytes[range]))
            else { return nil }
            let list = UnsafeRawBufferPointer(rebasing: bytes[range])
            var found: [String: HTTPResponse] = [:]
            for part in parts {
                guard let (id, response) = response(UnsafeRawBufferPointer(rebasing: list[part])) else { continue }
                found[id] = response
            }
            return found
        }
    }

    private static func response(_ bytes: UnsafeRawBufferPointer) -> (id: String, response: HTTPResponse)? {
        guard let members = try? PageScanner.members(bytes) else { return nil }
        func member<Value: Decodable>(_ name: String, _ type: Value.Type) -> Value? {
            members[name].flatMap { try? JSONDecoder().decode(type, from: Data(bytes[$0])) }
        }
        guard let id = member("id", String.self),
            let status = member("status", Int.self) ?? member("status", String.self).flatMap({ Int($0) })
        else { return nil }
        var headers = HTTPHeaders()
        // Texts as a rule; one odd value must not cost the others.
        for (name, value) in member("headers", [String: HeaderText].self) ?? [:] {
            if let text = value.text { headers.append(name, text) }
        }
        let body = members["body"].map { Array(bytes[$0]) } ?? []
        return (id, HTTPResponse(status: status, headers: headers, body: body))
    }
}

/// A header's value: a text, or (seen nowhere, but it costs nothing) a number.
private struct HeaderText: Decodable {
    var text: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self.text = text
        } else if let number = try? container.decode(Double.self) {
            text = String(number)
        }
    }
}

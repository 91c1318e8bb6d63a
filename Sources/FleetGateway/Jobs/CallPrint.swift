import Crypto
import FleetCore
import Foundation

// A call that is repeated brings the same wish, but not the same bytes: a program that starts anew may write the
// members of an object in another order, sealing differs each time, and a trace belongs to the attempt. So what is
// compared is a digest over the wish in one canonical form.

/// What a call asks for, in few bytes: two calls with the same id are one call if their prints are equal.
enum CallPrint {
    /// - Parameter members: what path and query say; they count instead of the body's.
    static func of(_ kind: JobKind, _ members: [(StaticString, String)], _ body: JSONObject?) -> String {
        var writer = JSONWriter(capacity: 1024)
        writer.beginArray()
        writer.value(kind.rawValue)
        for (name, value) in members {
            writer.value("\(name)")
            writer.value(value)
        }
        let names = Set(members.map { "\($0.0)" } + ["tenant_id", "kind", "traceparent"])
        for member in sorted(body?.members.filter { !names.contains($0.key) } ?? []) {
            writer.value(member.key)
            writer.value(canonical(member.value))
        }
        writer.endArray()
        return base64URL(Data(SHA256.hash(data: Data(writer.bytes)).prefix(16)))
    }

    private static func sorted(_ members: [JSONObject.Member]) -> [JSONObject.Member] {
        members.sorted { $0.key < $1.key }
    }

    /// The same value with the members of its objects in order. As deep as the parser lets a body be.
    private static func canonical(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(var object):
            object.members = sorted(object.members).map { member in
                var member = member
                member.value = canonical(member.value)
                return member
            }
            return .object(object)
        case .array(let values): return .array(values.map(canonical))
        default: return value
        }
    }
}

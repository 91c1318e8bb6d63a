// The table: everything a producer can get wrong, one line each. `\(c)` begins a connect that is right up to there,
// `\(s)` a sync.

private let c = #"{"kind":"connect","tenant_id":"acme","resource_id":"room-1","oauth_token":"opaque""#
private let s = #"{"kind":"sync","tenant_id":"acme","resource_id":"room-1""#

extension BadPayload {
    /// Not JSON, or not the JSON that is asked for.
    static let form: [BadPayload] = [
        BadPayload("an empty payload", "", "JSON"),
        BadPayload("not JSON", "hello, worker", "JSON"),
        BadPayload("a list", "[1,2]", "object"),
        BadPayload("a text", #""sync""#, "object"),
        BadPayload("a number", "42", "object"),
        BadPayload("null", "null", "object"),
        BadPayload("cut off", #"{"kind":"sync","tenant_id":"ac"#, "JSON"),
        BadPayload("two values", s + "} {}", "JSON"),
        BadPayload("a trailing comma", s + ",}", "JSON"),
        BadPayload("a comment", s + "/* x */}", "JSON"),
        BadPayload("single quotes", "{'kind':'sync','tenant_id':'acme'}", "JSON"),
        BadPayload("NaN", s + #","extra":NaN}"#, "JSON"),
        BadPayload("a hex number", s + #","extra":0x10}"#, "JSON"),
        BadPayload("a number with a leading zero", s + #","extra":010}"#, "JSON"),
        BadPayload("a raw newline in a text", s + ",\"extra\":\"a\nb\"}", "JSON"),
        BadPayload("a byte order mark", bytes: [0xEF, 0xBB, 0xBF] + Array((s + "}").utf8), says: ["JSON"]),
        BadPayload("a NUL byte after the object", bytes: Array((s + "}").utf8) + [0], says: ["JSON"]),
        BadPayload("a NUL byte in a text", bytes: Array((s + ",\"extra\":\"").utf8) + [0, 0x22, 0x7D], says: ["JSON"]),
        BadPayload("invalid UTF-8 in an unknown field", bytes: utf8(inside: [0xC3, 0x28]), says: ["UTF-8"]),
        BadPayload("an overlong UTF-8 sequence", bytes: utf8(inside: [0xC0, 0xAF]), says: ["UTF-8"]),
        BadPayload("a surrogate in UTF-8", bytes: utf8(inside: [0xED, 0xA0, 0x80]), says: ["UTF-8"]),
        BadPayload("a lone surrogate", s + #","extra":"\ud800"}"#, "surrogate"),
        BadPayload(
            "a key given twice", #"{"kind":"sync","tenant_id":"a","tenant_id":"b","resource_id":"r"}"#, "tenant_id",
            "twice"),
        BadPayload(
            "a key given twice, once escaped", #"{"kind":"sync","tenant_id":"a","tenant\u005fid":"b"}"#, "tenant_id",
            "twice"),
        BadPayload("a key given twice deep inside", s + #","extra":{"deep":[{"x":1,"x":2}]}}"#, "x", "twice"),
        BadPayload("65 levels", s + #","extra":"# + nested(64) + "}", "64"),
        BadPayload("a thousand levels", s + #","extra":"# + nested(1000) + "}", "64"),
        BadPayload("100,000 brackets", String(repeating: "[", count: 100_000), "64"),
        BadPayload(
            "one byte more than 1 MiB", bytes: Array((s + #","extra":""#).utf8 + padding(1_048_577)), says: ["1048576"],
            code: "payload_too_large"),
        BadPayload(
            "8 MiB", bytes: [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20), says: ["1048576"],
            code: "payload_too_large"),
    ]

    /// Fields that every job has.
    static let common: [BadPayload] = [
        BadPayload("no tenant", #"{"kind":"sync","resource_id":"r","id":"known-1"}"#, "tenant_id", id: "known-1"),
        BadPayload("the tenant is null", #"{"kind":"sync","tenant_id":null,"resource_id":"r"}"#, "tenant_id"),
        BadPayload("the tenant is a number", #"{"kind":"sync","tenant_id":7,"resource_id":"r"}"#, "tenant_id"),
        BadPayload("an empty tenant", #"{"kind":"sync","tenant_id":"","resource_id":"r"}"#, "tenant_id"),
        BadPayload("a tenant with a colon", #"{"kind":"sync","tenant_id":"a:b","resource_id":"r"}"#, "tenant_id"),
        BadPayload("a tenant with a slash", #"{"kind":"sync","tenant_id":"../etc","resource_id":"r"}"#, "tenant_id"),
        BadPayload("a tenant with a star", #"{"kind":"sync","tenant_id":"*","resource_id":"r"}"#, "tenant_id"),
        BadPayload("a tenant with a hash tag", #"{"kind":"sync","tenant_id":"{x}","resource_id":"r"}"#, "tenant_id"),
        BadPayload("a tenant with a NUL", #"{"kind":"sync","tenant_id":"a\u0000b","resource_id":"r"}"#, "tenant_id"),
        BadPayload(
            "a tenant of 129 characters", #"{"kind":"sync","tenant_id":""# + long(129) + #""}"#, "tenant_id", "128"),
        BadPayload("no kind", #"{"tenant_id":"acme","resource_id":"r"}"#, "kind"),
        BadPayload("an unknown kind", #"{"kind":"explode","tenant_id":"acme"}"#, "kind"),
        BadPayload("a kind in capitals", #"{"kind":"SYNC","tenant_id":"acme","resource_id":"r"}"#, "kind"),
        BadPayload("the kind is an object", #"{"kind":{},"tenant_id":"acme"}"#, "kind"),
        BadPayload("a kind that contradicts its list", s + "}", "kind", list: "jobs:connect"),
        BadPayload("an empty id", s + #","id":""}"#, "id"),
        BadPayload("the id is a number", s + #","id":17}"#, "id"),
        BadPayload("an id of 129 characters", s + #","id":""# + long(129) + #""}"#, "id", "128"),
        BadPayload("an id with a NUL", s + #","id":"a\u0000b"}"#, "id"),
        BadPayload("an id with a newline", s + #","id":"a\nb"}"#, "id"),
        BadPayload(
            "not_before is no time", s + #","id":"known-2","not_before":"tomorrow"}"#, "not_before", id: "known-2"),
        BadPayload("not_before without an offset", s + #","not_before":"2026-05-01T10:00:00"}"#, "not_before"),
        BadPayload("not_before on 30 February", s + #","not_before":"2026-02-30T10:00:00Z"}"#, "not_before"),
        BadPayload("expires_at is a number", s + #","expires_at":1789000000}"#, "expires_at"),
        BadPayload("an unknown priority", s + #","priority":"urgent"}"#, "priority"),
        BadPayload("max_attempts 0", s + #","max_attempts":0}"#, "max_attempts", "100"),
        BadPayload("max_attempts 101", s + #","max_attempts":101}"#, "max_attempts", "100"),
        BadPayload("max_attempts negative", s + #","max_attempts":-1}"#, "max_attempts"),
        BadPayload("max_attempts with a fraction", s + #","max_attempts":1.5}"#, "max_attempts"),
        BadPayload("max_attempts as a text", s + #","max_attempts":"3"}"#, "max_attempts"),
        BadPayload("max_attempts beyond 2^53", s + #","max_attempts":9007199254740993}"#, "max_attempts"),
        BadPayload("max_attempts beyond doubles", s + #","max_attempts":1e400}"#, "max_attempts"),
    ]

    /// Fields of a connect.
    static let connect: [BadPayload] = [
        BadPayload("no resource", #"{"kind":"connect","tenant_id":"acme","oauth_token":"t"}"#, "resource_id"),
        BadPayload(
            "a resource with a space", #"{"tenant_id":"acme","resource_id":"room 1","oauth_token":"t"}"#, "resource_id",
            list: "jobs:connect"),
        BadPayload(
            "a resource of 257", #"{"tenant_id":"acme","resource_id":""# + long(257) + #"","oauth_token":"t"}"#,
            "resource_id", "256", list: "jobs:connect"),
        BadPayload("no token", #"{"tenant_id":"acme","resource_id":"room-1"}"#, "oauth_token", list: "jobs:connect"),
        BadPayload(
            "an empty token", #"{"tenant_id":"acme","resource_id":"room-1","oauth_token":""}"#, "oauth_token",
            list: "jobs:connect"),
        BadPayload(
            "the token is a number", #"{"tenant_id":"acme","resource_id":"room-1","oauth_token":5}"#, "oauth_token",
            list: "jobs:connect"),
        BadPayload(
            "a token object without access_token",
            #"{"tenant_id":"acme","resource_id":"room-1","oauth_token":{"refresh_token":5}}"#, "oauth_token",
            list: "jobs:connect"),
        BadPayload("a calendar id with a space", c + #","calendar_id":"AA BB"}"#, "calendar_id"),
        BadPayload("a calendar id of 513", c + #","calendar_id":""# + long(513) + #""}"#, "calendar_id", "512"),
        BadPayload("a calendar id beyond ASCII", c + #","calendar_id":"Räume"}"#, "calendar_id"),
        BadPayload(
            "app-only without a mailbox",
            #"{"kind":"connect","tenant_id":"acme","resource_id":"r","app_only":{"directory":"d"}}"#, "mailbox"),
        BadPayload("settings are a list", c + #","settings":[]}"#, "settings"),
        BadPayload("an unknown direction", c + #","settings":{"direction":"sideways"}}"#, "direction"),
        BadPayload("an unknown frequency", c + #","settings":{"frequency":"often"}}"#, "frequency"),
        BadPayload("a window in words", c + #","settings":{"window":{"past":"30 days"}}}"#, "past"),
        BadPayload("a window that is no object", c + #","settings":{"window":"P30D"}}"#, "window"),
        BadPayload("tentative_blocks as a text", c + #","settings":{"tentative_blocks":"yes"}}"#, "tentative_blocks"),
        BadPayload("a negative buffer", c + #","settings":{"buffer_before":"-PT5M"}}"#, "buffer_before"),
    ]

    /// Fields of a sync and of a disconnect.
    static let others: [BadPayload] = [
        BadPayload("a sync of nothing", #"{"kind":"sync","tenant_id":"acme"}"#, "resource_id", "calendar_id"),
        BadPayload("full as a text", s + #","full":"yes"}"#, "full"),
        BadPayload("bookings are no list", s + #","bookings":{}}"#, "bookings"),
        BadPayload("501 bookings", s + #","bookings":["# + bookings(501) + "]}", "bookings", "500"),
        BadPayload("a booking that is no object", s + #","bookings":["b-1"]}"#, "bookings"),
        BadPayload("a booking without an id", s + #","bookings":[{"op":"cancel"}]}"#, "booking_id"),
        BadPayload("an unknown op", s + #","bookings":[{"booking_id":"b","op":"explode"}]}"#, "op"),
        BadPayload(
            "a revision beyond 2^53",
            s + #","bookings":[{"booking_id":"b","op":"cancel","revision":9007199254740993}]}"#, "revision"),
        BadPayload(
            "a disconnect of nothing", #"{"tenant_id":"acme"}"#, "resource_id", "calendar_id", list: "jobs:disconnect"),
        BadPayload(
            "remove_events as a number", #"{"tenant_id":"acme","resource_id":"r","remove_events":1}"#, "remove_events",
            list: "jobs:disconnect"),
    ]

    static let all = form + common + connect + others

    private static func utf8(inside bytes: [UInt8]) -> [UInt8] {
        Array((s + ",\"extra\":\"").utf8) + bytes + Array("\"}".utf8)
    }

    private static func nested(_ levels: Int) -> String {
        String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }

    private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static func bookings(_ count: Int) -> String {
        (0..<count).map { #"{"booking_id":"b-\#($0)","op":"cancel"}"# }.joined(separator: ",")
    }

    /// What closes a text and an object so that the payload has so many bytes.
    private static func padding(_ total: Int) -> [UInt8] {
        let head = (s + ",\"extra\":\"").utf8.count
        return [UInt8](repeating: UInt8(ascii: "x"), count: total - head - 2) + Array("\"}".utf8)
    }
}

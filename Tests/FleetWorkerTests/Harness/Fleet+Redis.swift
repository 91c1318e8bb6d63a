import FleetCore
import FleetStore
import Foundation
import Redis
import TestSupport

/// A JSON object of ours, read by name. (Tests import the simulator, whose JSON has the same names as ours.)
struct Fields: Sendable, CustomStringConvertible {
    private let object: JSONObject?
    let description: String

    init(_ json: String?) {
        description = json ?? "{}"
        object = (try? StrictJSON.parse(description))?.objectValue
    }

    subscript(name: String) -> String? { object?[name]?.stringValue }

    func int(_ name: String) -> Int? { object?[name]?.integerValue }
    func bool(_ name: String) -> Bool? { object?[name]?.boolValue }
    func has(_ name: String) -> Bool { object?[name] != nil }
    func texts(_ name: String) -> [String] {
        if case .array(let values) = object?[name] { values.compactMap(\.stringValue) } else { [] }
    }
    func objects(_ name: String) -> [JSONObject] {
        if case .array(let values) = object?[name] { values.compactMap(\.objectValue) } else { [] }
    }
}

/// An entry of a stream, its fields by name.
struct Entry: Sendable {
    var fields: [String: String]

    subscript(name: String) -> String? { fields[name] }

    var type: String { fields["type"] ?? "" }
    /// The JSON in `data`.
    var data: Fields { Fields(fields["data"]) }
    /// The JSON in `error`.
    var error: Fields { Fields(fields["error"]) }
    /// `error.code`.
    var code: String? { error["code"] }
    /// `data.message`.
    var message: String? { data["message"] }
}

extension Fleet {
    /// What a producer does with redis-cli.
    func push(_ payload: String, to list: String = "jobs") async throws {
        try await redis.send(["LPUSH", .string(keys.prefix + list), .string(payload)])
    }

    /// All entries of a stream so far.
    func entries(_ key: String) async throws -> [Entry] {
        let reply = try await redis.send(["XRANGE", .string(key), "-", "+"])
        return (reply.array ?? []).map { entry in
            var fields: [String: String] = [:]
            for (name, value) in entry[1]?.pairs ?? [] { fields[name.string ?? ""] = value.string }
            return Entry(fields: fields)
        }
    }

    var results: [Entry] { get async throws { try await entries(keys.results) } }
    var changes: [Entry] { get async throws { try await entries(keys.changes) } }

    /// Waits for the terminal entry of a job.
    func result(_ id: String, within limit: Duration = .seconds(20)) async throws -> Entry {
        try await eventually("the result of \(id)", within: limit) {
            try await results.first { $0["job_id"] == id }
        }
    }

    /// Pushes a job (its id is added) and waits for its terminal entry.
    func run(_ id: String, _ payload: String, within limit: Duration = .seconds(20)) async throws -> Entry {
        try await push("{\"id\":\"\(id)\"," + payload.dropFirst())
        return try await result(id, within: limit)
    }

    /// Connects `resource` of tenant acme to `mailbox`, which must exist, and expects success.
    @discardableResult
    func connect(
        _ resource: String, to mailbox: String, id: String = UUID().uuidString, scopes: String? = nil, more: String = ""
    ) async throws -> Entry {
        let tokens = try graph.tokens(mailbox, scopes: scopes)
        let entry = try await run(
            id,
            """
            {"kind":"connect","tenant_id":"acme","resource_id":"\(resource)","oauth_token":\(tokens)\(more)}
            """)
        guard entry.type == "connect.succeeded" else { throw TestSupportError("\(entry.fields)") }
        return entry
    }

    /// Syncs `resource` of tenant acme.
    func sync(_ resource: String, id: String = UUID().uuidString, more: String = "") async throws -> Entry {
        try await run(id, "{\"kind\":\"sync\",\"tenant_id\":\"acme\",\"resource_id\":\"\(resource)\"\(more)}")
    }

    /// Disconnects `resource` of tenant acme.
    func disconnect(_ resource: String, id: String = UUID().uuidString) async throws -> Entry {
        try await run(id, "{\"kind\":\"disconnect\",\"tenant_id\":\"acme\",\"resource_id\":\"\(resource)\"}")
    }

    func lane(_ resource: String) -> ConnectionID {
        ConnectionID(tenant: TenantID("acme"), resource: ResourceID(resource))
    }

    /// The events that consumers see, by id.
    func mirror(_ resource: String) async throws -> [String: Fields] {
        var events: [String: Fields] = [:]
        for (id, json) in try await MirrorReader(store).all(lane(resource)) { events[id.rawValue] = Fields(json) }
        return events
    }

    /// Their titles, sorted.
    func titles(_ resource: String) async throws -> [String] {
        try await mirror(resource).values.map { $0["title"] ?? "" }.sorted()
    }

    func connection(_ resource: String) async throws -> Connection? {
        try await ConnectionStore(store).load(lane(resource))
    }

    /// Every key of this fleet's namespace.
    func allKeys() async throws -> [String] {
        let reply = try await redis.send(["KEYS", .string(keys.prefix + "*")])
        return (reply.array ?? []).compactMap(\.string).map { String($0.dropFirst(keys.prefix.count)) }.sorted()
    }

    /// Everything that lies in Redis under this namespace, as text.
    func dump() async throws -> String {
        var text = ""
        for key in try await allKeys() {
            let reply = try await redis.send(["DUMP", .string(keys.prefix + key)])
            text += String(decoding: reply.bytes ?? [], as: UTF8.self)
        }
        return text
    }
}

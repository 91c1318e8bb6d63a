import FleetCore
import FleetStore
import HTTPTypes
import Hummingbird
import Reactor

/// The calls of the product's API (CONTRACT, section 8); one file per call beside this one, which has what they share.
struct CalendarCalls: Sendable {
    let door: Doorkeeper
    let limits: RequestLimits
    let desk: JobDesk
    let sealer: Sealer
    let clock: FleetClock
    let connections: ConnectionStore
    let mirror: MirrorReader
    let configuration: GatewayConfiguration

    var routes: [Routes.Route] {
        [
            Routes.Route("list", "/calendars/outlook", ["GET": { try await tenantCall($0, list) }]),
            Routes.Route("connect", "/calendars/outlook/connect", ["POST": { try await tenantCall($0, connect) }]),
            Routes.Route("events", "/calendars/outlook/*/events", ["GET": { try await tenantCall($0, events) }]),
            Routes.Route("sync", "/calendars/outlook/*/sync", ["POST": { try await tenantCall($0, sync) }]),
            Routes.Route(
                "availability", "/calendars/outlook/*/availability", ["GET": { try await tenantCall($0, availability) }]
            ),
            Routes.Route("disconnect", "/calendars/outlook/*", ["DELETE": { try await tenantCall($0, disconnect) }]),
            Routes.Route("job", "/jobs/*", ["GET": { try await tenantCall($0, job) }]),
        ]
    }

    /// Runs a call for the tenant whose key it brings, within that tenant's limit.
    func tenantCall(
        _ call: GatewayRequest, _ body: (GatewayRequest, TenantID) async throws -> Response
    ) async throws -> Response {
        let tenant = try await door.tenant(of: call)
        return try await limits.run(of: tenant) { try await body(call, tenant) }
    }

    // MARK: Jobs

    /// Runs a job and answers with its end, or with 202.
    func run(
        _ kind: JobKind, _ call: GatewayRequest, _ tenant: TenantID, body: JSONObject?,
        members: [(StaticString, String)], answer: (ResultEntry) -> Response
    ) async throws -> Response {
        let named = try idempotencyKey(call)
        let job = try PreparedJob(
            kind, tenant: tenant, id: named ?? JobDesk.freshID(), body: body, members: members,
            traceparent: call.headers[.traceparent], sealer: sealer, now: clock.now)
        let preference = Preference(call.headers, longest: configuration.longestWait)
        let outcome = try await desk.run(job, isNamed: named != nil, wait: preference?.wait ?? configuration.wait)
        var response: Response
        switch outcome {
        case .waits: response = Self.waiting(job.id)
        case .ended(let entry):
            guard entry.isSuccess else { throw Problem(entry.error, job: job.id) }
            response = answer(entry)
        }
        if let preference { response.headers[.preferenceApplied] = preference.applied }
        return response
    }

    private func idempotencyKey(_ call: GatewayRequest) throws(Problem) -> JobID? {
        guard let text = call.headers[.idempotencyKey] else { return nil }
        guard TextRule.jobID.allows(text), text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw .invalid("Idempotency-Key: must be 1-128 printable ASCII characters")
        }
        return JobID(text)
    }

    /// `{"message", ...data, "job_id"}`
    static func dataAnswer(_ entry: ResultEntry) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        let data = entry.data
        if let message = data?["message"]?.stringValue { writer.member("message", message) }
        for member in data?.members ?? [] where member.key != "message" {
            writer.key(member.key)
            writer.value(member.value)
        }
        writer.optional("job_id", entry["job_id"])
        writer.endObject()
        return .json(200, writer)
    }

    static func waiting(_ job: JobID) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("job_id", job.rawValue)
        writer.member("status", "waiting")
        writer.endObject()
        return .json(
            202, writer,
            headers: [
                (name: "Location", value: "/jobs/\(PercentCoding.encode(job.rawValue))"),
                (name: "Retry-After", value: "1"),
            ])
    }

    // MARK: Bodies and paths

    /// The body as an object; nil where there is none and none is needed.
    func object(_ call: GatewayRequest, required: Bool) async throws -> JSONObject? {
        let bytes = try await call.readBody(limit: configuration.maximumBody)
        guard !bytes.isEmpty else {
            if required { throw Problem.invalid("the body is missing: a JSON object") }
            return nil
        }
        if let type = call.headers[.contentType], !Self.isJSON(type) {
            throw Problem(415, "unsupported_media_type", "the body must be application/json")
        }
        let value: JSONValue
        do throws(StrictJSONError) {
            value = try StrictJSON.parse(bytes, limits: jsonLimits)
        } catch {
            throw Problem.invalid("not valid JSON: \(error.description)")
        }
        guard let object = value.objectValue else {
            throw Problem.invalid("the body must be a JSON object, not \(value.kindName)")
        }
        return object
    }

    private var jsonLimits: StrictJSON.Limits {
        var limits = StrictJSON.Limits()
        limits.maximumBytes = configuration.maximumBody
        return limits
    }

    private static func isJSON(_ type: String) -> Bool {
        let media = type.prefix { $0 != ";" }.lowercased().replacing(" ", with: "")
        return media == "application/json" || media.hasSuffix("+json")
    }

    /// The `{calendar_id}` of a path: the segment before `sync`, `events`, or the last one.
    func calendar(_ call: GatewayRequest) throws(Problem) -> CalendarID {
        let text = call.target.segments[2]
        guard TextRule.calendar.allows(text) else {
            throw .invalid("calendar_id: must be 1-512 printable ASCII characters without space")
        }
        return CalendarID(text)
    }

    func resource(_ call: GatewayRequest) throws(Problem) -> ResourceID? {
        guard let text = try call.query.value("resource_id") else { return nil }
        guard TextRule.resource.allows(text) else {
            throw .invalid("resource_id: must be 1-256 of A-Z a-z 0-9 . _ : @ + -")
        }
        return ResourceID(text)
    }

    /// What names the connection in a job: the resource where it is given, else the calendar. A resource that has
    /// another calendar than the path says is none that was meant; one that isn't connected is the worker's matter, for
    /// its connect may be in line.
    func selector(_ call: GatewayRequest, _ tenant: TenantID) async throws -> [(StaticString, String)] {
        let calendar = try calendar(call)
        guard let resource = try resource(call) else { return [("calendar_id", calendar.rawValue)] }
        if calendar != .primary,
            let connection = try await connections.load(ConnectionID(tenant: tenant, resource: resource)),
            !Self.isMeant(connection, by: calendar)
        {
            throw Self.notConnected
        }
        return [("resource_id", resource.rawValue)]
    }

    private static func isMeant(_ connection: Connection, by calendar: CalendarID) -> Bool {
        calendar == .primary || calendar == connection.calendar || calendar == connection.requestedCalendar
    }

    /// The connection that path and query name, for calls that read.
    func connection(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Connection {
        let calendar = try calendar(call)
        let resource: ResourceID
        if let named = try self.resource(call) {
            resource = named
        } else {
            let found = try await connections.resources(of: calendar, tenant: tenant)
            guard let first = found.first else { throw Self.notConnected }
            guard found.count == 1 else {
                throw Problem(
                    409, .ambiguousCalendar, "several connections have this calendar: add ?resource_id=")
            }
            resource = first
        }
        guard let connection = try await connections.load(ConnectionID(tenant: tenant, resource: resource)) else {
            throw Self.notConnected
        }
        guard Self.isMeant(connection, by: calendar) else { throw Self.notConnected }
        return connection
    }

    private static let notConnected = Problem(
        404, .notConnected, "no connection of this tenant has that calendar and resource: connect it first")
}

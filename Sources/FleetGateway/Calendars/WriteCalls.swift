import FleetCore
import FleetStore
import Hummingbird

// The three calls that are jobs.
extension CalendarCalls {
    /// `POST /calendars/outlook/connect`: the connect job's result.
    func connect(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        let body = try await object(call, required: true)
        return try await run(.connect, call, tenant, body: body, members: []) { entry in
            var writer = JSONWriter()
            writer.beginObject()
            writer.optional("message", entry.data?["message"]?.stringValue)
            entry.write(to: &writer)
            writer.endObject()
            return .json(200, writer)
        }
    }

    /// `POST /calendars/outlook/{calendar_id}/sync`
    func sync(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        let members = try await selector(call, tenant)
        let body = try await object(call, required: false)
        return try await run(
            .sync, call, tenant, body: body, members: members, answer: Self.dataAnswer)
    }

    /// `DELETE /calendars/outlook/{calendar_id}`, with `?remove_events=true` as the job's field.
    func disconnect(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        let members = try await selector(call, tenant)
        var body = try await object(call, required: false)
        switch try call.query.value("remove_events") {
        case nil, "false": break
        case "true":
            let asked = try StrictJSON.parse("{\"remove_events\":true}").objectValue?.members ?? []
            let others = body?.members.filter { $0.key != "remove_events" } ?? []
            if body == nil { body = try StrictJSON.parse("{}").objectValue }
            body?.members = others + asked
        default: throw Problem.invalid("remove_events: must be true or false")
        }
        return try await run(
            .disconnect, call, tenant, body: body, members: members, answer: Self.dataAnswer)
    }

    /// `GET /jobs/{job_id}`: 200 with the result's fields, 202 while it waits.
    func job(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        let id = JobID(call.target.segments[1])
        // Those that came past the gateways may hold more than ASCII.
        guard id.rawValue.utf8.count <= 512 else { throw Self.noSuchJob }
        switch try await desk.directory.standing(of: id, tenant: tenant) {
        case .waits: return Self.waiting(id)
        case .unknown:
            // Ids are remembered for a day; what waits for longer is still somewhere in line.
            guard try await desk.directory.isInLine(id, tenant: tenant) else { throw Self.noSuchJob }
            return Self.waiting(id)
        case .forgotten:
            throw Problem(404, "job_not_found", "the job has ended, and its result isn't kept any more")
        case .ended(let fields):
            var writer = JSONWriter()
            writer.beginObject()
            ResultEntry(fields: fields).write(to: &writer)
            writer.endObject()
            return .json(200, writer)
        }
    }

    private static let noSuchJob = Problem(
        404, "job_not_found", "no job of this tenant with that id waits or has ended within the last day")
}

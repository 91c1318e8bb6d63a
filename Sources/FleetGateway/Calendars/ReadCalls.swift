import FleetCore
import FleetStore
import Foundation
import HTTPTypes
import Hummingbird

// The calls that read what the fleet knows; none of them asks Microsoft.
extension CalendarCalls {
    /// `GET /calendars/outlook/{calendar_id}/events?from&to`, pages of `limit`, with an ETag.
    ///
    /// An entry is read in full to sort by time; some milliseconds per thousand events.
    func events(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        let span = try TimeSpan(call)
        let limit = try pageSize(call)
        let cursor = try EventCursor(call)
        let connection = try await connection(call, tenant)
        let all = try await mirror.all(connection.id).values.compactMap { CalendarEvent(json: $0) }
        let found = all.filter { span.touches($0) && cursor.isBefore($0) }
            .sorted { EventCursor.key($0) < EventCursor.key($1) }
        let page = found.prefix(limit)
        let next = found.count > page.count ? page.last.map { EventCursor.text($0) } : nil

        var writer = JSONWriter(capacity: 512 * page.count + 128)
        writer.beginObject()
        writer.key("events")
        writer.beginArray()
        for event in page { event.write(to: &writer) }
        writer.endArray()
        writer.optional("next_cursor", next)
        writer.endObject()
        let tag = EntityTag.of(writer.bytes)
        var headers = [(name: "ETag", value: tag), (name: "Cache-Control", value: "private, no-cache")]
        if let next { headers.append((name: "Link", value: Self.nextLink(call, next))) }
        if EntityTag.matches(call.headers[.ifNoneMatch], tag) { return .empty(304, headers: headers) }
        return .json(200, writer, headers: headers)
    }

    /// `GET /calendars/outlook/{calendar_id}/availability?from&to`: the blocking times, merged and cut to the span.
    /// `window` says where the answer is complete: outside of it, and where nothing is mirrored, nothing is known.
    func availability(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        let span = try TimeSpan(call)
        let connection = try await connection(call, tenant)
        let blocking = try await mirror.all(connection.id).values.compactMap { CalendarEvent(json: $0) }
            .filter { $0.blocks && span.touches($0) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.optional("from", span.from)
        writer.optional("to", span.to)
        writer.key("busy")
        writer.beginArray()
        for time in BusyTimes.merged(blocking.map { (span.clamped($0.start), span.clamped($0.end)) }) {
            writer.beginObject()
            writer.member("start_time", time.start)
            writer.member("end_time", time.end)
            writer.endObject()
        }
        writer.endArray()
        if let window = connection.mirroredWindow {
            writer.key("window")
            writer.beginObject()
            writer.member("from", window.start)
            writer.member("to", window.end)
            writer.endObject()
        }
        writer.endObject()
        return .json(200, writer)
    }

    /// `GET /calendars/outlook`: the tenant's connections with their state, in pages of `limit`.
    func list(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        let limit = try pageSize(call)
        var after: ResourceID?
        if let cursor = try call.query.value("cursor") {
            guard TextRule.resource.allows(cursor) else { throw Problem.invalid("cursor: is none that we gave") }
            after = ResourceID(cursor)
        }
        let (found, next) = try await connections.page(of: tenant, after: after, limit: limit)
        var writer = JSONWriter(capacity: 512 * found.count + 64)
        writer.beginObject()
        writer.key("calendars")
        writer.beginArray()
        for (id, connection) in found { Connection.write(connection, of: id, tenant: false, to: &writer) }
        writer.endArray()
        writer.optional("next_cursor", next?.rawValue)
        writer.endObject()
        let headers = next.map { [(name: "Link", value: Self.nextLink(call, $0.rawValue))] } ?? []
        return .json(200, writer, headers: headers)
    }

    // MARK: Pages

    private func pageSize(_ call: GatewayRequest) throws(Problem) -> Int {
        guard let text = try call.query.value("limit") else { return 500 }
        guard text.utf8.count <= 5, let number = Int(text), (1...1000).contains(number) else {
            throw .invalid("limit: must be a number from 1 to 1000")
        }
        return number
    }

    /// The same call with another cursor (RFC 8288).
    private static func nextLink(_ call: GatewayRequest, _ cursor: String) -> String {
        var pairs: [(String, String)] = []
        for name in ["resource_id", "from", "to", "limit"] {
            if let value = try? call.query.value(name) { pairs.append((name, value)) }
        }
        return "<\(call.target.path)?\(PercentCoding.encode(pairs + [("cursor", cursor)]))>; rel=\"next\""
    }
}

/// `from` and `to` of a query: what ends after the one and begins before the other.
struct TimeSpan: Sendable {
    let from: Date?
    let to: Date?

    init(_ call: GatewayRequest) throws(Problem) {
        from = try call.time("from")
        to = try call.time("to")
        if let from, let to, from >= to { throw .invalid("from: must be before to") }
    }

    init(from: Date?, to: Date?) {
        self.from = from
        self.to = to
    }

    func touches(_ event: CalendarEvent) -> Bool {
        (from.map { event.end > $0 || event.start >= $0 } ?? true) && (to.map { event.start < $0 } ?? true)
    }

    func clamped(_ date: Date) -> Date { min(max(date, from ?? .distantPast), to ?? .distantFuture) }
}

/// Where a page of events goes on: behind the last one, by start and id. What changes meanwhile may come twice or not
/// at all, as with any such paging; nothing else does.
struct EventCursor: Sendable {
    private let position: (Double, String)?

    init(_ call: GatewayRequest) throws(Problem) {
        guard let text = try call.query.value("cursor") else {
            position = nil
            return
        }
        guard let dot = text.firstIndex(of: "."), let milliseconds = Int64(text[..<dot]) else {
            throw .invalid("cursor: is none that we gave")
        }
        position = (Double(milliseconds), String(text[text.index(after: dot)...]))
    }

    func isBefore(_ event: CalendarEvent) -> Bool { position.map { $0 < Self.key(event) } ?? true }

    static func key(_ event: CalendarEvent) -> (Double, String) {
        ((event.start.timeIntervalSince1970 * 1000).rounded(), event.id.rawValue)
    }

    static func text(_ event: CalendarEvent) -> String {
        "\(Int64(key(event).0)).\(event.id.rawValue)"
    }
}

/// Times that something blocks.
enum BusyTimes {
    /// In order, those that touch or overlap as one; what has no length is left out.
    static func merged(_ times: [(start: Date, end: Date)]) -> [(start: Date, end: Date)] {
        var merged: [(start: Date, end: Date)] = []
        for time in times.filter({ $0.start < $0.end }).sorted(by: { $0.start < $1.start }) {
            if let last = merged.last, time.start <= last.end {
                merged[merged.count - 1].end = max(last.end, time.end)
            } else {
                merged.append(time)
            }
        }
        return merged
    }
}

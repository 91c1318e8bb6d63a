import FleetCore
import FleetWorker
import Foundation
import GraphSimulator
import TestSupport

/// Bookings as a producer pushes them, and what the calendar really holds.
struct Bookings: Sendable {
    let fleet: Fleet
    var resource = "r"
    var mailbox = "room@example.com"

    /// An hour that begins so many hours from the next full one, as members of a booking.
    static func time(_ hours: Double, minutes: Double = 60) -> String {
        let start = hour(hours)
        return """
            "start_time":"\(text(start))","end_time":"\(text(start.addingTimeInterval(minutes * 60)))"
            """
    }

    static func hour(_ hours: Double) -> Date { nextHour.addingTimeInterval(hours * 3600) }

    /// Once for the process: a test that goes on over the full hour must not find its bookings an hour earlier.
    private static let nextHour = Date(
        timeIntervalSince1970: (Date().timeIntervalSince1970 / 3600).rounded(.up) * 3600)

    static func text(_ date: Date) -> String { RFC3339.string(date) }

    static func upsert(_ id: String, _ time: String, title: String = "Booked", _ more: String = "") -> String {
        "{\"booking_id\":\"\(id)\",\"title\":\"\(title)\",\(time)\(more)}"
    }

    static func cancel(_ id: String) -> String { "{\"booking_id\":\"\(id)\",\"op\":\"cancel\"}" }

    /// Pushes bookings with one sync and returns its entry.
    func sync(_ bookings: String..., id: String = UUID().uuidString, more: String = "") async throws -> Entry {
        try await fleet.sync(
            resource, id: id, more: ",\"bookings\":[\(bookings.joined(separator: ","))]" + more)
    }

    /// `b-1 confirmed`, in the job's order.
    static func outcomes(_ entry: Entry) -> [String] {
        entry.data.objects("bookings").map {
            "\($0["booking_id"]?.stringValue ?? "") \($0["outcome"]?.stringValue ?? "")"
        }
    }

    static func conflicts(_ entry: Entry, _ index: Int = 0) -> [String] {
        let all = entry.data.objects("bookings")
        guard index < all.count, case .array(let values) = all[index]["conflicts"] else { return [] }
        return values.compactMap(\.stringValue)
    }

    static func event(_ entry: Entry, _ index: Int = 0) -> String {
        let all = entry.data.objects("bookings")
        return index < all.count ? all[index]["event_id"]?.stringValue ?? "" : ""
    }

    static func errorCode(_ entry: Entry, _ index: Int = 0) -> String? {
        entry.data.objects("bookings")[index]["error"]?.objectValue?["code"]?.stringValue
    }

    /// Everything in the calendar in the next years, as the simulator knows it.
    func truth(_ calendar: String = "default") throws -> [GraphSimulator.JSON] {
        let from = Self.text(Date().addingTimeInterval(-40 * 86_400))
        let to = Self.text(Date().addingTimeInterval(1500 * 86_400))
        return try fleet.graph.control(
            "GET", "/mailboxes/\(mailbox)/calendars/\(calendar)/view?from=\(from)&to=\(to)")["events"]?.array ?? []
    }

    /// `10 Booked`: hours from the next full one, and the title.
    func calendar() throws -> [String] {
        try truth().map { event in
            let start = event["start"]?.string.flatMap { RFC3339.date($0) } ?? .distantPast
            let hours = start.timeIntervalSince(Self.hour(0)) / 3600
            return "\(hours == hours.rounded() ? String(Int(hours)) : String(hours)) \(event["subject"]?.string ?? "")"
        }
    }

    /// A person's hand on an event.
    func change(_ event: String, _ fields: GraphSimulator.JSON) throws {
        try fleet.graph.control("PATCH", "/mailboxes/\(mailbox)/events/\(event)", fields)
    }

    func move(_ event: String, toHour hours: Double) throws {
        let start = Self.hour(hours)
        try change(event, ["start": GraphWorld.time(start), "end": GraphWorld.time(start + 3600)])
    }

    func delete(_ event: String) throws {
        try fleet.graph.control("DELETE", "/mailboxes/\(mailbox)/events/\(event)")
    }

    /// A rule of the simulator.
    func fault(
        _ method: String, _ path: String, after: Int = 0, times: Int = 1, _ effect: GraphSimulator.JSON
    ) throws {
        try fleet.graph.control(
            "POST", "/faults",
            [
                "method": .string(method), "path": .string(path), "after": .integer(Int64(after)),
                "times": .integer(Int64(times)), "do": effect,
            ])
    }

    /// Writes to Graph so far, batches' parts among them, `METHOD`.
    func writes() throws -> [String] {
        try fleet.graph.requests().compactMap { request in
            let method = request.prefix { $0 != " " }
            return method == "GET" || request.contains("$batch") ? nil : String(method)
        }
    }

    /// Changes so far, but for the connection's own.
    func news() async throws -> [String] {
        try await fleet.changes.map(\.type).filter { !$0.hasPrefix("calendar.connected") }
    }

    /// Two further syncs tell nothing and write nothing, and the mirror shows the calendar with its bookings.
    func settles() async throws -> Bool {
        let (writes, news) = (try writes().count, try await fleet.changes.count)
        for _ in 0..<2 {
            guard try await fleet.sync(resource).type == "sync.succeeded" else { return false }
        }
        guard try self.writes().count == writes, try await fleet.changes.count == news else { return false }
        let mirror = try await fleet.mirror(resource)
        let window = Date().addingTimeInterval(364 * 86_400)
        let truth = try truth().filter {
            ($0["start"]?.string.flatMap { RFC3339.date($0) } ?? .distantFuture) < window
        }
        return Set(mirror.keys) == Set(truth.compactMap { $0["immutableId"]?.string })
    }
}

extension Fleet {
    /// A fleet with a worker and a connected mailbox.
    static func withBookings(
        settings: String = "{}", hooks: Announcements? = nil, lease: Duration = .seconds(30),
        _ body: @escaping @Sendable (Bookings) async throws -> Void
    ) async throws {
        try await with { fleet in
            try await fleet.withWorker(hooks: hooks?.hooks ?? .init(), configure: { $0.lease = lease }) { _ in
                let bookings = Bookings(fleet: fleet)
                try fleet.graph.addMailbox(bookings.mailbox)
                try await fleet.connect(bookings.resource, to: bookings.mailbox, more: ",\"settings\":\(settings)")
                try await body(bookings)
            }
        }
    }
}

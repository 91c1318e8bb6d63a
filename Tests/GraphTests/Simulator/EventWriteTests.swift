import FleetCore
import Foundation
import Graph
import GraphSimulator
import Testing

/// Goal: writes do at Graph what they mean. Method: the simulator, and looks at what its calendar then holds.
@Suite(.timeLimit(.minutes(2))) struct EventWriteTests {
    private let me = CalendarTarget(.me, .primary)
    private let connection = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("room-1"))
    private let start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 / 3600).rounded(.up) * 3600 + 86_400)

    private func draft(_ booking: String, at hours: Double = 0, transaction: String? = nil) -> EventDraft {
        let from = start + hours * 3600
        return EventDraft(
            title: "Booking \(booking)", body: "text", location: "here", time: .timed(start: from, end: from + 3600),
            transactionID: transaction ?? UUID().uuidString,
            mark: EventMark(connection: connection, booking: BookingID(booking)))
    }

    @Test("created, found by range, mark and id, changed, deleted")
    func life() async throws {
        try await SimulatedGraph.run { graph in
            let session = graph.session(try graph.userTokens())
            let made = try await session.createEvent(me, draft("b 'ü' 1"))
            let mark = EventMark(connection: connection, booking: BookingID("b 'ü' 1"))
            let range = try await session.freshEvents(me, from: start, to: start + 60)
            #expect(range.events.map(\.event.id) == [made.event.id] && range.events[0].mark == mark)
            #expect(range.events[0].event.transactionID == made.event.transactionID)
            let beside = try await session.freshEvents(me, from: start + 3600, to: start + 7200)
            #expect(beside.events.isEmpty)
            let found = try await session.findEvents(me, mark)
            #expect(found.map(\.event.id) == [made.event.id] && found[0].createdAt == made.createdAt)
            let none = try await session.findEvents(me, EventMark(connection: connection, booking: BookingID("b")))
            #expect(none.isEmpty)

            let read = try await session.freshEvent(me, made.event.id)
            #expect(read.mark == mark && read.etag == made.etag && read.createdAt != nil)
            let changed = try await session.updateEvent(
                me, made.event.id, EventPatch(title: "New", location: ""), ifMatch: read.etag)
            #expect(changed.event.title == "New" && changed.event.location == nil && changed.etag != read.etag)
            let stale = try await graphError {
                try await session.updateEvent(me, made.event.id, EventPatch(title: "Newer"), ifMatch: read.etag)
            }
            #expect(stale.action == .conflict)
            let did = try await session.deleteEvent(me, made.event.id)
            let again = try await session.deleteEvent(me, made.event.id)
            #expect(did && !again)
        }
    }

    @Test(
        "a repeated create makes no second event, however Graph says so",
        arguments: [SimulatorOptions.DuplicateTransaction.badRequest, .conflict, .existing])
    func repeated(_ manner: SimulatorOptions.DuplicateTransaction) async throws {
        var options = SimulatorOptions()
        options.duplicateTransaction = manner
        try await SimulatedGraph.run(options: options) { graph in
            let session = graph.session(try graph.userTokens())
            let draft = draft("b-1", transaction: "T")
            let made = try await session.createEvent(me, draft)
            do {
                let again = try await session.createEvent(me, draft)
                #expect(manner == .existing && again.event.id == made.event.id)
            } catch let error as GraphError {
                #expect(manner != .existing)
                guard case .duplicate(let id?) = error.action else { throw error }
                // Its id may be of the other kind: what counts is that it leads there.
                let found = try await session.freshEvent(me, EventID(id))
                #expect(found.event.transactionID == "T")
            }
            let all = try await session.freshEvents(me, from: start, to: start + 3600)
            #expect(all.events.count == 1)
        }
    }

    @Test("20 creates in one request, then changes and deletes in another (S95)")
    func batches() async throws {
        try await SimulatedGraph.run { graph in
            let counter = GraphCallCounter()
            let session = graph.session(try graph.userTokens(), counter: counter)
            let drafts = (0..<20).map { draft("b-\($0)", at: Double($0)) }
            let made = try await session.batch(me, drafts.map { .create($0) }).map { try $0.get() }
            let ids = made.compactMap { if case .event(let event) = $0 { event.event.id } else { nil } }
            #expect(Set(ids).count == 20)
            let second = try await session.batch(
                me, ids.prefix(10).map { .update($0, EventPatch(title: "New")) } + ids.suffix(10).map { .delete($0) })
            #expect(second.allSatisfy { if case .success = $0 { true } else { false } })
            let left = try await session.freshEvents(me, from: start, to: start + 20 * 3600)
            #expect(left.events.count == 10 && left.events.allSatisfy { $0.event.title == "New" && $0.mark != nil })
            #expect(counter.count == 41)
            let seen = try graph.control("GET", "/control/statistics")
            #expect(seen["statuses"]?["429"] == nil)
        }
    }

    @Test(
        "an all-day booking is a day, wherever the mailbox is (S50)",
        arguments: ["Tokyo Standard Time", "Hawaiian Standard Time"])
    func allDay(_ zone: String) async throws {
        try await SimulatedGraph.run(mailbox: ["timeZone": .string(zone)]) { graph in
            let session = graph.session(try graph.userTokens())
            let day = CalendarDate(daysSinceEpoch: Int(start.timeIntervalSince1970 / 86_400))
            let next = CalendarDate(daysSinceEpoch: day.daysSinceEpoch + 1)
            var draft = draft("day")
            draft.time = .allDay(start: day, end: next)
            draft.zone = WindowsZones.iana(zone) ?? "UTC"
            let made = try await session.createEvent(me, draft)
            #expect(made.event.time == .allDay(start: day, end: next))
            let read = try await session.freshEvent(me, made.event.id)
            #expect(read.event.time == .allDay(start: day, end: next) && read.event.originalTimeZone == zone)
        }
    }

    @Test("a bad value costs its own part only (S86)")
    func badPart() async throws {
        try await SimulatedGraph.run { graph in
            let session = graph.session(try graph.userTokens())
            var inverted = draft("bad")
            inverted.time = .timed(start: start + 60, end: start)
            let outcomes = try await session.batch(me, [.create(draft("a")), .create(inverted), .create(draft("c"))])
            let errors = outcomes.map { outcome -> GraphError.Action? in
                if case .failure(let error) = outcome { error.action } else { nil }
            }
            #expect(errors == [nil, .permanent(.item), nil])
        }
    }
}

import FleetCore
import Foundation
import Graph
import GraphSimulator
import Testing

/// Goal: rounds against a Graph that behaves as Graph does end with the calendar's truth. Method: the simulator, over
/// HTTP.
@Suite(.timeLimit(.minutes(3))) struct RoundTests {
    private let me = CalendarTarget(.me, .primary)

    @Test("a first round over pages finds every event, the next one only what changed (S20)")
    func rounds() async throws {
        try await SimulatedGraph.run { graph in
            try graph.control("POST", graph.calendarControl + "/seed", ["count": 230])
            let counter = GraphCallCounter()
            let session = graph.session(try graph.userTokens(), counter: counter)
            let first = try await graph.round(session, me, graph.window)
            #expect(first.items.present.count == 230 && first.items.malformedCount == 0)
            #expect(first.pages >= 5 && counter.count == first.pages)

            let quiet = try await graph.round(session, me, .link(first.token))
            #expect(quiet.items.present.isEmpty)

            try graph.control("POST", graph.calendarControl + "/seed", ["count": 120, "prefix": "New"])
            let next = try await graph.round(session, me, .link(quiet.token), pageSize: 50)
            #expect(next.items.present.count == 120 && next.pages >= 3)
            for case .event(let event) in next.items { #expect(event.title.hasPrefix("New ")) }
        }
    }

    @Test("a deleted event comes as a removal")
    func removal() async throws {
        try await SimulatedGraph.run { graph in
            try graph.control("POST", graph.calendarControl + "/seed", ["count": 3])
            let session = graph.session(try graph.userTokens())
            let first = try await graph.round(session, me, graph.window)
            let id = try #require(first.items.present.first)
            try graph.control("DELETE", "/control/mailboxes/\(SimulatedGraph.address)/events/\(id.rawValue)")
            let next = try await graph.round(session, me, .link(first.token))
            #expect(next.items.contains(.removed(id)))
        }
    }

    @Test("a weekly series comes as a master and skeletons, its instances the same")
    func series() async throws {
        try await SimulatedGraph.run(mailbox: ["timeZone": "W. Europe Standard Time"]) { graph in
            let start = RFC3339.string(Date().addingTimeInterval(86_400)).prefix(10)
            let rule: JSON = [
                "pattern": ["type": "daily", "interval": 1],
                "range": ["type": "numbered", "startDate": .string(String(start)), "numberOfOccurrences": 5],
            ]
            let event: JSON = [
                "subject": "Stand-up", "recurrence": rule,
                "start": ["dateTime": .string("\(start)T09:00:00"), "timeZone": "W. Europe Standard Time"],
                "end": ["dateTime": .string("\(start)T09:15:00"), "timeZone": "W. Europe Standard Time"],
            ]
            try graph.control("POST", graph.calendarControl + "/events", event)
            let session = graph.session(try graph.userTokens())
            let items = try await graph.round(session, me, graph.window).items
            var masters: [EventID] = []
            var occurrences: Set<EventID> = []
            for item in items {
                switch item {
                case .master(let master):
                    masters.append(master.id)
                    #expect(master.title == "Stand-up")
                case .occurrence(let occurrence): occurrences.insert(occurrence.id)
                default: throw TestFailure("unexpected \(item)")
                }
            }
            let master = try #require(masters.first)
            #expect(occurrences.count == 5)
            let (from, to) = (Date(), Date().addingTimeInterval(30 * 86_400))
            let instances = try await session.instances(me, of: master, from: from, to: to)
            #expect(instances.present == occurrences)
            guard case .master(let read) = try await session.event(me, master) else { throw TestFailure("no master") }
            #expect(read.title == "Stand-up" && read.originalTimeZone == "W. Europe Standard Time")
        }
    }

    @Test("a calendar by id among 130, through /me and through /users (S02)")
    func byID() async throws {
        let names = (0..<129).map { JSON.string("Calendar \($0)") }
        try await SimulatedGraph.run(mailbox: ["calendars": .array(names)]) { graph in
            let session = graph.session(try graph.userTokens())
            let calendars = try await session.calendars(.me)
            #expect(calendars.count == 130)
            #expect(Set(calendars.map(\.id)).count == 130)
            let last = try #require(calendars.last)
            for scope in [MailboxScope.me, .user(MailboxID(SimulatedGraph.address))] {
                let target = CalendarTarget(scope, .id(last.id))
                let found = try await session.calendar(target)
                #expect(found.name == last.name && found.owner == SimulatedGraph.address && found.canEdit)
                let round = try await graph.round(session, target, graph.window)
                #expect(round.items.isEmpty)
            }
            let error = try await graphError {
                try await session.calendar(CalendarTarget(.me, .id(CalendarID("AAMkNoSuchCalendar="))))
            }
            #expect(error.jobError.code == .calendarNotFound && !error.jobError.retryable)
        }
    }

    @Test("the default calendar is the one at /me/calendar, whatever it is called (S01)")
    func defaultCalendar() async throws {
        try await SimulatedGraph.run(mailbox: ["calendarName": "Kalender", "calendars": ["Calendar"]]) { graph in
            let session = graph.session(try graph.userTokens())
            let calendar = try await session.calendar(me)
            #expect(calendar.name == "Kalender" && calendar.isDefault)
        }
    }

    @Test("500 attendees and bodies of 2 MB take no place in a page (S63), whose transfer is bounded all the same")
    func largeEvents() async throws {
        var limits = GraphClient.Limits()
        limits.maximumPageBytes = 20_000
        limits.maximumReceivedPageBytes = 5 << 20
        limits.timeout = .seconds(60)
        try await SimulatedGraph.run(limits: limits) { graph in
            let seed: JSON = ["count": 4, "bodyBytes": 2_000_000, "attendees": 500]
            try graph.control("POST", graph.calendarControl + "/seed", seed)
            let session = graph.session(try graph.userTokens())
            let two = try await session.calendarViewDelta(me, graph.window, pageSize: 2)
            #expect(two.pageSize == 2 && two.items.present.count == 2)
            #expect(String(reflecting: two.items).utf8.count < 20_000)
            guard case .page(let link) = two.next else { throw TestFailure("one page only") }
            let rest = try await graph.round(session, me, .link(link), pageSize: 4)
            #expect((two.items + rest.items).present.count == 4)
            let four = try await session.calendarViewDelta(me, graph.window, pageSize: 4)
            #expect(four.pageSize == 1, "8 MB in one page are too much to wait for")
        }
    }

    @Test("a series whose instances carry a large body each is read without it")
    func largeSeries() async throws {
        var limits = GraphClient.Limits()
        limits.maximumReceivedPageBytes = 5 << 20
        limits.timeout = .seconds(60)
        try await SimulatedGraph.run(limits: limits) { graph in
            let created = try graph.control(
                "POST", graph.calendarControl + "/events",
                [
                    "subject": "Daily", "start": ["dateTime": "2026-06-15T10:00:00", "timeZone": "UTC"],
                    "end": ["dateTime": "2026-06-15T11:00:00", "timeZone": "UTC"],
                    "body": ["contentType": "text", "content": .string(String(repeating: "x", count: 500_000))],
                    "recurrence": [
                        "pattern": ["type": "daily", "interval": 1],
                        "range": ["type": "numbered", "numberOfOccurrences": 20, "startDate": "2026-06-15"],
                    ],
                ])
            let id = try #require(created["immutableId"]?.string)
            let session = graph.session(try graph.userTokens())
            let (from, to) = (Date(timeIntervalSince1970: 1_770_000_000), Date(timeIntervalSince1970: 1_790_000_000))
            let items = try await session.instances(me, of: EventID(id), from: from, to: to)
            #expect(items.count == 20 && items.allSatisfy { if case .occurrence = $0 { true } else { false } })
        }
    }

    @Test("the mailbox's zone: from its settings, and from its working hours where those may not be read")
    func zones() async throws {
        try await SimulatedGraph.run(mailbox: ["timeZone": "Tokyo Standard Time"]) { graph in
            let session = graph.session(try graph.userTokens())
            let set = try await session.mailboxTimeZone(.me)
            #expect(set == "Tokyo Standard Time")
            let bare = graph.session(try graph.userTokens([("scopes", ["Calendars.ReadWrite", "offline_access"])]))
            let refused = try await bare.mailboxTimeZone(.me)
            #expect(refused == nil)
            let hours = try await bare.workingHoursTimeZone(.me, address: SimulatedGraph.address, on: Date())
            #expect(hours == "Tokyo Standard Time")
        }
    }
}

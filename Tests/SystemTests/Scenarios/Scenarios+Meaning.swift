import Foundation
import Testing

extension Scenarios {
    @Suite("busy, private, broken")
    struct Meaning {
        @Test("S55 five statuses: free and workingElsewhere don't block; the setting for tentative rewrites the mirror")
        func statuses() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                let statuses = ["free", "tentative", "busy", "oof", "workingElsewhere"]
                let ids = try statuses.enumerated().map { number, status in
                    try link.mailbox.create(
                        GraphEvent.timed(status, fleet.day(1, hour: number), ["showAs": .string(status)]))
                }
                try await link.connect()
                var mirror = try link.mirror()
                #expect(ids.map { mirror[$0]?["blocks"].bool } == [false, true, true, true, false])
                #expect(ids.map { mirror[$0]?["show_as"].string } == statuses)

                let mark = try fleet.changesMark()
                link.settings = ["tentative_blocks": false]
                link.reading.tentativeBlocks = false
                try await link.connect()
                mirror = try link.mirror()
                #expect(ids.map { mirror[$0]?["blocks"].bool } == [false, false, true, true, false])
                let updates = try link.changes(since: mark).filter { $0.type == "event.updated" }
                #expect(updates.map { $0["event_id"] } == [ids[1]])
                #expect(updates.first?.data["blocks"] == false)
                #expect(try !link.changes(since: mark).contains { $0.type == "calendar.resynced" })
                try await link.settle()
            }
        }

        @Test("S56 a free all-day entry does not block its day")
        func allDayFree() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let birthday = try link.mailbox.create(GraphEvent.allDay("Birthday", fleet.date(3), ["showAs": "free"]))
                try await link.connect()
                let event = try #require(try link.mirror()[birthday])
                #expect(event["blocks"] == false && event["all_day"] == true)
                try await link.settle()
            }
        }

        @Test("S57 an invitation that was declined does not block, however it shows")
        func declined() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let answers = ["declined", "accepted", "tentativelyAccepted", "notResponded", "none"]
                let ids = try answers.enumerated().map { number, answer in
                    try link.mailbox.create(
                        GraphEvent.timed(answer, fleet.day(1, hour: number)), ["response": .string(answer)])
                }
                try await link.connect()
                let mirror = try link.mirror()
                #expect(ids.map { mirror[$0]?["blocks"].bool } == [false, true, true, true, true])
                #expect(mirror[ids[0]]?["show_as"] == "busy")
                try await link.settle()
            }
        }

        @Test("S58 a status that is unknown, newer than we are, or absent blocks")
        func unknownStatus() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                let unknown = try link.mailbox.create(GraphEvent.timed("Unknown", fleet.day(5), ["showAs": "unknown"]))
                let newer = try link.mailbox.create(
                    GraphEvent.timed("Newer", fleet.day(6)), ["raw": ["showAs": "asleep"]])
                let absent = try link.mailbox.create(GraphEvent.timed("Absent", fleet.day(7)), ["omit": ["showAs"]])
                for id in [newer, absent] { link.shown[id] = ["showAs": "unknown"] }
                try await link.connect()
                let mirror = try link.mirror()
                for id in [unknown, newer, absent] {
                    #expect(mirror[id]?["blocks"] == true && mirror[id]?["show_as"] == "unknown")
                }
                try await link.settle()
            }
        }

        @Test(
            "S59 a private event's words are nowhere; with private_titles its title shows",
            arguments: ["private", "confidential"])
        func privacy(sensitivity: String) async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                fleet.keepSecret("HIV test", "Clinic 9", "bring the results")
                let id = try link.mailbox.create(
                    GraphEvent.timed(
                        "HIV test", fleet.day(1),
                        [
                            "sensitivity": .string(sensitivity), "location": ["displayName": "Clinic 9"],
                            "body": ["contentType": "text", "content": "bring the results"],
                        ]))
                try await link.connect()
                try link.mailbox.change(id, ["showAs": "oof"])
                try await link.sync()
                let event = try #require(try link.mirror()[id])
                #expect(event["title"] == "Private" && event["private"] == true && event["location"].isNull)
                #expect(event["blocks"] == true)
                try link.mailbox.create(GraphEvent.timed("Fails", fleet.day(2)))
                try fleet.simulator.add(.status(403, "ErrorAccessDenied", on: Fault.delta, times: 1))
                #expect(try await link.trySync().code == "access_denied")
                try await link.sync()
                try await fleet.withGateways { gateways in
                    let window = "from=\(Instant.write(fleet.day(0)))&to=\(Instant.write(fleet.day(3)))"
                    let answer = try gateways[0].call(
                        "GET", "/calendars/outlook/primary/events?resource_id=room-1&\(window)")
                    let shown = answer.json["events"].elements.first { $0["event_id"].string == id }
                    #expect(answer.status == 200 && shown?["title"] == "Private", "\(answer.text)")
                    for word in ["HIV", "Clinic", "results"] { #expect(!answer.text.contains(word)) }
                }
                let dead = try await fleet.command("dead", "list", "--json")
                #expect(dead.lines.joined().contains("access_denied"), "\(dead.output) \(dead.error)")
                try await link.settle()

                var open = try fleet.link(try fleet.simulator.mailbox("open@acme.example"), resource: "room-2")
                open.settings = ["private_titles": true]
                open.reading.privateTitles = true
                let shown = try open.mailbox.create(
                    GraphEvent.timed("Dentist", fleet.day(1), ["sensitivity": .string(sensitivity)]))
                try await open.connect()
                #expect(try open.mirror()[shown]?["title"] == "Dentist")
                link = open
                try await link.settle()
            }
        }

        @Test("S60 an event that turns private: one event.updated, and its old title is gone from the mirror")
        func turnsPrivate() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let id = try link.mailbox.create(
                    GraphEvent.timed("Interview with Bea", fleet.day(1), ["location": ["displayName": "Office 3"]]))
                try await link.connect()
                let changes = try await link.changesOfSync { try link.mailbox.change(id, ["sensitivity": "private"]) }
                #expect(changes.map(\.type) == ["event.updated"])
                #expect(changes.first?.data["title"] == "Private")
                let mirror = try link.mirror().values.map(\.text).joined()
                #expect(!mirror.contains("Interview") && !mirror.contains("Office 3"))
                let stored = try fleet.wholeRedis().filter { $0.bytes.firstRange(of: Data("Interview".utf8)) != nil }
                #expect(stored.allSatisfy { $0.key == fleet.key("changes") }, "\(stored.map(\.key))")
                try await link.settle()
            }
        }

        @Test("S61 null where a text is usual: an empty title, and the calendar goes on")
        func nulls() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                let names = ["subject", "body", "location", "iCalUId", "responseStatus", "sensitivity", "categories"]
                let ids = try names.enumerated().map { number, name in
                    try link.mailbox.create(
                        GraphEvent.timed("Null \(name)", fleet.day(number)), ["raw": .object([name: .null])])
                }
                link.shown[ids[0]] = ["subject": nil]
                try await link.connect()
                let mirror = try link.mirror()
                #expect(mirror.count == ids.count)
                #expect(mirror[ids[0]]?["title"] == "")
                try await link.settle()
            }
        }

        @Test("S62 one bad event of a hundred: 99 are mirrored, it is counted, and not read again for ever")
        func oneBadEvent() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                for number in 0..<99 {
                    try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(1, hour: number)))
                }
                let bad = try link.mailbox.create(GraphEvent.timed("Bad", fleet.day(2)), ["omit": ["start"]])
                link.shown[bad] = ["start": nil]
                let entry = try await link.connect()
                #expect(entry.data["events"].int == 99)
                #expect(entry.data["warnings"].elements.count >= 1, "\(entry.data.text)")
                #expect(try link.mirror().count == 99)
                for _ in 0..<2 {
                    let before = try fleet.simulator.graphRequests().count
                    let sync = try await link.sync()
                    #expect(sync.data["full"] == false)
                    #expect(try fleet.simulator.graphRequests().count == before + 1)
                }
                try await link.settle()
            }
        }

        @Test("S63 500 attendees and a body of 2 MB: little memory, and neither is kept")
        func largeOnes() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let attendees = (0..<500).map { number in
                    ["emailAddress": ["address": .string("guest\(number)@elsewhere.example")], "type": "required"]
                        as JSON
                }
                let body = "kept-nowhere " + String(repeating: "0123456789abcdef", count: 131_072)
                try link.mailbox.create(
                    GraphEvent.timed(
                        "Large", fleet.day(1),
                        [
                            "attendees": .array(attendees),
                            "body": ["contentType": "text", "content": .string(body)],
                        ]))
                let idle = try ProcessFigures(pid: fleet.workers[0].pid)
                try await link.connect()
                let grown = try ProcessFigures(pid: fleet.workers[0].pid).peakKilobytes - idle.residentKilobytes
                // Three times the body, and what a first connect costs anyway.
                #expect(grown < 40 * 1024, "grew by \(grown) kB")
                fleet.keepSecret("guest499@elsewhere.example", "kept-nowhere", "0123456789abcdef0123456789abcdef")
                try await link.settle()
            }
        }

        @Test("S64 strange titles come through byte by byte")
        func strangeText() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                let titles = [
                    "👩‍👩‍👧‍👦 family", "\u{202E}right to left\u{202C} שלום", "a\u{0}b", "tab\tnewline\nquote\"\\slash/",
                    "e\u{301} and é", "\u{FEFF}mark \u{2028} separators \u{2029}", "\u{1}\u{1F}\u{7F}", "\u{10FFFF}",
                ]
                var expected: [String: String] = [:]
                for (number, title) in titles.enumerated() {
                    expected[try link.mailbox.create(GraphEvent.timed(title, fleet.day(1, hour: number)))] = title
                }
                let long = String(repeating: "Ä", count: 5_120)
                let longID = try link.mailbox.create(GraphEvent.timed(long, fleet.day(2)))
                try await link.connect()
                let mirror = try link.mirror()
                for (id, title) in expected {
                    let mirrored = mirror[id]?["title"].string ?? ""
                    #expect(Array(mirrored.utf8) == Array(title.utf8), "\(title.debugDescription)")
                }
                #expect(mirror.values.allSatisfy { !$0.isNull }, "valid JSON everywhere")
                let mirrored = mirror[longID]?["title"].string ?? ""
                // Outlook itself takes 255 characters; what is longer may be cut, and stays valid JSON.
                #expect(mirrored.count >= 255 && long.hasPrefix(mirrored))
                link.shown[longID] = ["subject": .string(mirrored)]
                try await link.settle()
            }
        }
    }
}

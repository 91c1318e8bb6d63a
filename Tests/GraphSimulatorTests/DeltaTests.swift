import GraphSimulator
import Testing

/// Goal: delta rounds tell what Graph's tell, and no more.
@Suite struct DeltaTests {
    private static let window =
        "/me/calendarView/delta?startDateTime=2026-05-01T00:00:00Z&endDateTime=2026-06-01T00:00:00Z"

    private static func ids(_ items: [JSON], removed: Bool) -> [String] {
        items.filter { ($0["@removed"] != nil) == removed }.compactMap { $0["id"]?.string }
    }

    private func weekly(_ client: Client, _ subject: String, from day: String, range: JSON? = nil) async throws
        -> String
    {
        let made = try await client.send(
            "POST", "/me/events",
            event(
                subject, "\(day)T10:00:00", "\(day)T11:00:00",
                [
                    (
                        "recurrence",
                        [
                            "pattern": ["type": "weekly", "interval": 1, "daysOfWeek": ["friday"]],
                            "range": range ?? ["type": "noEnd", "startDate": .string(day)],
                        ]
                    )
                ]))
        return try #require(made["id"]?.string)
    }

    @Test("a first round pages through the window, ends in one deltaLink, and then there is nothing")
    func firstRound() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars/default/seed",
                ["count": 95, "from": "2026-05-01T00:00:00Z", "days": 30])
            var pages = 0
            var link = Self.window
            var ids: Set<String> = []
            while true {
                let page = try await client.get(link, prefer: "odata.maxpagesize=10, IdType=\"ImmutableId\"")
                #expect(page.header("preference-applied")?.contains("odata.track-changes") == true)
                pages += 1
                let items = page["value"]?.array ?? []
                #expect(items.count <= 10)
                ids.formUnion(items.compactMap { $0["id"]?.string })
                #expect((page["@odata.nextLink"] == nil) != (page["@odata.deltaLink"] == nil))
                guard let next = page["@odata.nextLink"]?.string else {
                    link = try #require(page["@odata.deltaLink"]?.string)
                    break
                }
                let token = try #require(next.split(separator: "$skiptoken=").last)
                #expect(token.utf8.count == 214 + 1 + 43)
                link = next
            }
            #expect(pages == 10)
            #expect(ids.count == 95)
            #expect(try await client.round(link).items.isEmpty)
        }
    }

    @Test("created, changed and deleted events are told once each, as they are now; the same link tells it again")
    func changes() async throws {
        try await withAda { client in
            let kept = try await client.send(
                "POST", "/me/events", event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00"))
            let gone = try await client.send(
                "POST", "/me/events", event("B", "2026-05-05T10:00:00", "2026-05-05T11:00:00"))
            let link = try await client.round(Self.window).link
            let keptID = try #require(kept["id"]?.string)
            let goneID = try #require(gone["id"]?.string)
            for subject in ["A1", "A2"] {
                _ = try await client.send("PATCH", "/me/events/\(keptID)", ["subject": .string(subject)])
            }
            _ = try await client.send("DELETE", "/me/events/\(goneID)")
            for _ in 0..<2 {
                let items = try await client.round(link).items
                #expect(items.count == 2)
                #expect(items.first { $0["id"]?.string == keptID }?["subject"] == "A2")
                let removal = try #require(items.first { $0["id"]?.string == goneID })
                #expect(removal["@removed"]?["reason"] == "deleted")
                #expect(removal.object?.names.sorted() == ["@odata.type", "@removed", "id"])
            }
        }
    }

    @Test("what happens outside the window is reported as removed, with ids never seen")
    func outside() async throws {
        try await withAda { client in
            let inside = try await client.send(
                "POST", "/me/events", event("In", "2026-05-04T10:00:00", "2026-05-04T11:00:00"))
            let link = try await client.round(Self.window).link
            let outside = try await client.send(
                "POST", "/me/events", event("Out", "2026-08-04T10:00:00", "2026-08-04T11:00:00"))
            let insideID = try #require(inside["id"]?.string)
            _ = try await client.send(
                "PATCH", "/me/events/\(insideID)",
                [
                    "start": ["dateTime": "2026-09-01T10:00:00", "timeZone": "UTC"],
                    "end": ["dateTime": "2026-09-01T11:00:00", "timeZone": "UTC"],
                ])
            let items = try await client.round(link).items
            let outsideID = try #require(outside["id"]?.string)
            #expect(Set(Self.ids(items, removed: true)) == [insideID, outsideID])
            #expect(items.allSatisfy { $0["@removed"]?["reason"] == "deleted" })
        }
    }

    @Test("a series comes as skeletons and a full master on one page, however small pages are")
    func series() async throws {
        try await withAda { client in
            let id = try await weekly(client, "Series", from: "2026-05-01")
            let page = try await client.get(Self.window, prefer: "odata.maxpagesize=2")
            let items = page["value"]?.array ?? []
            #expect(items.count == 6)
            let skeletons = items.filter { $0["type"] == "occurrence" }
            #expect(skeletons.count == 5)
            for skeleton in skeletons {
                #expect(
                    skeleton.object?.names.sorted() == [
                        "@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type",
                    ])
                #expect(skeleton["seriesMasterId"]?.string == id)
            }
            let master = try #require(items.first { $0["type"] == "seriesMaster" })
            #expect(master["subject"] == "Series")
            #expect(master["recurrence"]?["pattern"]?["daysOfWeek"] == ["friday"])
        }
    }

    @Test("a deleted occurrence shows by its absence only: the series is sent again without it")
    func deletedOccurrence() async throws {
        try await withAda { client in
            let id = try await weekly(client, "Series", from: "2026-05-01")
            let (items, link) = try await client.round(Self.window)
            let second = try #require(items.first { $0["start"]?["dateTime"]?.string?.hasPrefix("2026-05-08") == true })
            let secondID = try #require(second["id"]?.string)
            #expect(try await client.send("DELETE", "/me/events/\(secondID)").status == 204)
            let again = try await client.round(link).items
            #expect(Self.ids(again, removed: true).isEmpty)
            #expect(again.filter { $0["type"] == "occurrence" }.count == 4)
            #expect(!Self.ids(again, removed: false).contains(secondID))
            #expect(again.contains { $0["id"]?.string == id })
            let reply = try await client.get("/me/events/\(secondID)")
            #expect((reply.status, reply.code) == (404, "ErrorItemNotFound"))
            let master = try await client.get("/me/events/\(id)?$select=subject,cancelledOccurrences")
            #expect(master["cancelledOccurrences"] == [.string("OID.\(id).2026-05-08")])
        }
    }

    @Test("the other ways to tell of a deleted occurrence", arguments: ["removed", "masterOnly"])
    func otherWays(mode: String) async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control("PATCH", "/control/mailboxes/ada@contoso.example", ["seriesDelta": .string(mode)])
            // The dates must be near the simulator's own.
            try simulator.control("POST", "/control/clock", ["set": "2026-05-02T00:00:00Z"])
            let token = try simulator.control("POST", "/control/tokens", ["mailbox": "ada@contoso.example"])
            let ada = Client(simulator: client.simulator, token: token["access_token"]?.string)
            let id = try await weekly(ada, "Series", from: "2026-05-01")
            let (items, link) = try await ada.round(Self.window)
            let second = try #require(items.first { $0["start"]?["dateTime"]?.string?.hasPrefix("2026-05-08") == true })
            let secondID = try #require(second["id"]?.string)
            _ = try await ada.send("DELETE", "/me/events/\(secondID)")
            let again = try await ada.round(link).items
            #expect(Self.ids(again, removed: true) == (mode == "removed" ? [secondID] : []))
            #expect(again.filter { $0["type"] == "occurrence" }.count == (mode == "removed" ? 4 : 0))
            #expect(again.contains { $0["id"]?.string == id })
        }
    }

    @Test("an exception comes in full under the occurrence's id, and out of the window it is gone")
    func exception() async throws {
        try await withAda { client in
            let id = try await weekly(client, "Series", from: "2026-05-01")
            let (items, link) = try await client.round(Self.window)
            let second = try #require(items.first { $0["start"]?["dateTime"]?.string?.hasPrefix("2026-05-08") == true })
            let secondID = try #require(second["id"]?.string)
            let changed = try await client.send(
                "PATCH", "/me/events/\(secondID)",
                [
                    "start": ["dateTime": "2026-05-09T15:00:00", "timeZone": "UTC"],
                    "end": ["dateTime": "2026-05-09T16:00:00", "timeZone": "UTC"],
                ])
            #expect(changed.status == 200)
            #expect(changed["id"]?.string == secondID)
            #expect(changed["type"] == "exception")
            #expect(changed["originalStart"] == "2026-05-08T10:00:00Z")
            let exception = try #require(try await client.round(link).items.first { $0["type"] == "exception" })
            #expect(exception["subject"] == "Series")
            #expect(exception["seriesMasterId"]?.string == id)
            let crossing = try await client.send(
                "PATCH", "/me/events/\(secondID)",
                [
                    "start": ["dateTime": "2026-05-15T15:00:00", "timeZone": "UTC"],
                    "end": ["dateTime": "2026-05-15T16:00:00", "timeZone": "UTC"],
                ])
            #expect((crossing.status, crossing.code) == (400, "ErrorOccurrenceCrossingBoundary"))
        }
    }

    @Test("a moved event leaves its calendar as changed; its immutable id stays, its regular one doesn't")
    func moved() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            let other = try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars", ["name": "Other"])
            let prefer = "IdType=\"ImmutableId\""
            let made = try await client.send(
                "POST", "/me/events", event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00"),
                headers: ["Prefer": prefer])
            let id = try #require(made["id"]?.string)
            let regular = try #require(try await client.get("/me/events/\(id)")["id"]?.string)
            let otherID = try #require(other["id"]?.string)
            let otherWindow = Self.window.replacing("/me/", with: "/me/calendars/\(otherID)/")
            let here = try await client.round(Self.window, prefer: prefer)
            let there = try await client.round(otherWindow, prefer: prefer)
            try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/events/\(id)/move", ["calendar": "Other"])
            let removal = try await client.round(here.link, prefer: prefer).items
            #expect(removal.map { $0["@removed"]?["reason"] } == ["changed"])
            #expect(removal.first?["id"]?.string == id)
            #expect(try await client.round(there.link, prefer: prefer).items.first?["id"]?.string == id)
            #expect(try await client.get("/me/events/\(id)").status == 200)
            #expect(try await client.get("/me/events/\(regular)").status == 404)
        }
    }
}

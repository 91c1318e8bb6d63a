import GraphSimulator
import Testing

/// Goal: what isn't allowed with a delta is refused, and tokens die in every way that has been seen.
@Suite struct DeltaTokenTests {
    private static let window =
        "/me/calendarView/delta?startDateTime=2026-05-01T00:00:00Z&endDateTime=2026-06-01T00:00:00Z"

    @Test(
        "options that a delta doesn't take are 400 ErrorInvalidUrlQuery",
        arguments: [
            "$top=5", "$select=subject", "$filter=isAllDay%20eq%20true", "$orderby=start/dateTime", "$search=x",
            "$expand=instances",
        ])
    func options(option: String) async throws {
        try await withAda { client in
            let reply = try await client.get(Self.window + "&" + option)
            #expect((reply.status, reply.code) == (400, "ErrorInvalidUrlQuery"))
        }
    }

    @Test("a delta without a window, with a wrong one or with a bare + is 400")
    func windows() async throws {
        try await withAda { client in
            for query in [
                "", "startDateTime=2026-05-01", "startDateTime=x&endDateTime=y",
                "startDateTime=2026-06-01&endDateTime=2026-05-01",
                "startDateTime=2026-05-01T00:00:00+02:00&endDateTime=2026-06-01",
            ] {
                let reply = try await client.get("/me/calendarView/delta?\(query)")
                #expect(reply.status == 400, "\(query)")
            }
        }
    }

    @Test("targets without change tracking are 501")
    func targets() async throws {
        try await withAda { client in
            for path in ["/me/events/delta", "/me/calendar/events/delta"] {
                let reply = try await client.get(path)
                #expect((reply.status, reply.code) == (501, "NotImplemented"))
            }
        }
    }

    @Test(
        "a lost sync state is spelt as asked",
        arguments: [
            ("syncStateNotFound", 410), ("SyncStateNotFound", 410), ("fullSyncRequired", 410), ("resyncRequired", 410),
            ("SyncStateInvalid", 400),
        ])
    func lost(spelling: String, status: Int) async throws {
        try await withAda { client in
            let link = try await client.round(Self.window).link
            try client.simulator.simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars/default/lose-sync-state",
                ["spelling": .string(spelling)])
            let reply = try await client.get(link)
            #expect((reply.status, reply.code) == (status, spelling))
            #expect((reply.header("location") != nil) == (spelling == "resyncRequired"))
            #expect(try await client.round(Self.window).items.isEmpty)
        }
    }

    @Test("a token lives as many generations of its chain as configured; another chain doesn't age it")
    func generations() async throws {
        var options = SimulatorOptions()
        options.deltaGenerations = 3
        try await withAda(options: options) { client in
            var links = [try await client.round(Self.window).link]
            let other = try await client.round(Self.window).link
            for _ in 0..<3 { links.append(try await client.round(try #require(links.last)).link) }
            #expect(try await client.get(links[1]).status == 200)
            let old = try await client.get(links[0])
            #expect((old.status, old.code) == (410, "SyncStateNotFound"))
            #expect(old.json["error"]?["message"]?.string?.contains("generation=") == true)
            #expect(try await client.get(other).status == 200)
        }
    }

    @Test("a token of another calendar, a cut one and a made-up one are refused")
    func strangers() async throws {
        try await withAda { client in
            let other = try client.simulator.simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars", ["name": "Other"])
            let link = try await client.round(Self.window).link
            let token = try #require(link.split(separator: "$deltatoken=").last)
            let elsewhere = "/me/calendars/\(try #require(other["id"]?.string))/calendarView/delta?$deltatoken=\(token)"
            #expect(try await client.get(elsewhere).status == 400)
            #expect(try await client.get(String(link.dropLast(3))).status == 400)
            #expect(try await client.get("/me/calendarView/delta?$deltatoken=nonsense").code == "SyncStateInvalid")
            #expect(try await client.get("/me/calendarView/delta?$deltatoken=latest").status == 400)
        }
    }

    @Test(
        "faults of pages: empty with a nextLink, a circle, repeats, older versions",
        arguments: ["empty", "loop", "duplicate", "older"])
    func pages(fault: String) async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            _ = try await client.send("POST", "/me/events", event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00"))
            try simulator.control("POST", "/control/faults", ["path": "delta", "do": ["page": .string(fault)]])
            let page = try await client.get(Self.window)
            let items = page["value"]?.array ?? []
            switch fault {
            case "empty": #expect(items.isEmpty && page["@odata.nextLink"] != nil)
            case "loop": #expect(items.count == 1 && page["@odata.nextLink"] != nil)
            default:
                #expect(items.count == 2 && items[0]["id"] == items[1]["id"])
                #expect((items[0] == items[1]) == (fault == "duplicate"))
            }
            if let next = page["@odata.nextLink"]?.string {
                let rest = try await client.round(next).items
                #expect(rest.count == 1)
            }
        }
    }

    @Test("links name the host by which the client came, and a fault can make them name another")
    func hosts() async throws {
        try await withAda { client in
            let link = try await client.round(Self.window).link
            #expect(link.hasPrefix(client.simulator.graphURL))
            try client.simulator.simulator.control(
                "POST", "/control/faults", ["path": "delta", "do": ["nextLinkHost": "https://evil.example"]])
            #expect(
                try await client.get(link)["@odata.deltaLink"]?.string?.hasPrefix("https://evil.example/v1.0/me/")
                    == true)
        }
    }
}

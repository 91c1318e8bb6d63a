import Foundation
import GraphSimulator
import Testing

/// Goal: plain lists and views page, select, order and filter as Graph's do.
@Suite struct ViewTests {
    private static let window = "startDateTime=2026-05-01T00:00:00Z&endDateTime=2026-06-01T00:00:00Z"

    private func seed(_ client: Client, _ count: Int) throws {
        try client.simulator.simulator.control(
            "POST", "/control/mailboxes/ada@contoso.example/calendars/default/seed",
            ["count": JSON.integer(Int64(count)), "from": "2026-05-01T00:00:00Z", "days": 30])
    }

    @Test("a calendarView has pages of ten by default, by $top else, and its nextLink counts with $skip")
    func paging() async throws {
        try await withAda { client in
            try seed(client, 25)
            var link = "/me/calendarView?" + Self.window
            var sizes: [Int] = []
            while true {
                let page = try await client.get(link)
                sizes.append(page["value"]?.array?.count ?? 0)
                guard let next = page["@odata.nextLink"]?.string else { break }
                #expect(next.contains("$skip=") && next.contains("startDateTime="))
                link = next
            }
            #expect(sizes == [10, 10, 5])
            let seven = try await client.get("/me/calendarView?\(Self.window)&$top=7&$select=subject,start&$count=true")
            #expect(seven["value"]?.array?.count == 7)
            #expect(seven["@odata.count"] == 25)
            #expect(seven["value"]?[0]?.object?.names == ["@odata.etag", "id", "subject", "start"])
        }
    }

    @Test("overlap counts: what began before the window is in, what ends as it begins is not")
    func overlap() async throws {
        try await withAda { client in
            for (subject, start, end) in [
                ("long", "2026-03-01T00:00:00", "2026-05-05T00:00:00"),
                ("before", "2026-04-30T23:00:00", "2026-05-01T00:00:00"),
                ("after", "2026-06-01T00:00:00", "2026-06-01T01:00:00"),
                ("instant", "2026-05-03T10:00:00", "2026-05-03T10:00:00"),
            ] {
                #expect(try await client.send("POST", "/me/events", event(subject, start, end)).status == 201)
            }
            let view = try await client.get("/me/calendarView?" + Self.window)
            #expect(view["value"]?.array?.compactMap { $0["subject"]?.string } == ["long", "instant"])
        }
    }

    @Test("a view of more than 1825 days is refused")
    func tooLong() async throws {
        try await withAda { client in
            let good = try await client.get("/me/calendarView?startDateTime=2026-01-01&endDateTime=2030-12-31")
            #expect(good.status == 200)
            let long = try await client.get("/me/calendarView?startDateTime=2026-01-01&endDateTime=2031-01-02")
            #expect((long.status, long.code) == (400, "ErrorInvalidRequest"))
        }
    }

    @Test("events lists masters, calendarView occurrences")
    func masters() async throws {
        try await withAda { client in
            let made = try await client.send(
                "POST", "/me/events",
                event(
                    "Daily", "2026-05-01T10:00:00", "2026-05-01T11:00:00",
                    [
                        (
                            "recurrence",
                            [
                                "pattern": ["type": "daily", "interval": 1],
                                "range": ["type": "numbered", "startDate": "2026-05-01", "numberOfOccurrences": 3],
                            ]
                        )
                    ]))
            let id = try #require(made["id"]?.string)
            let events = try await client.get("/me/events")
            #expect(events["value"]?.array?.map { $0["type"] } == ["seriesMaster"])
            let view = try await client.get("/me/calendarView?" + Self.window)
            #expect(view["value"]?.array?.map { $0["type"] } == ["occurrence", "occurrence", "occurrence"])
            #expect(view["value"]?[0]?["subject"] == "Daily")
            let uids = Set(view["value"]?.array?.compactMap { $0["iCalUId"]?.string } ?? [])
            #expect(uids.count == 3)
            #expect(Set(view["value"]?.array?.compactMap { $0["uid"]?.string } ?? []).count == 1)
            let instances = try await client.get("/me/events/\(id)/instances?" + Self.window)
            #expect(instances["value"]?.array?.count == 3)
            #expect(instances["value"]?[0]?["seriesMasterId"]?.string == id)
        }
    }

    @Test(
        "filters",
        arguments: [
            ("subject eq 'Event 3'", 1), ("startswith(subject,'Event 1')", 11), ("isAllDay eq true", 0),
            ("start/dateTime ge '2026-05-16T00:00:00' and showAs eq 'busy'", 10),
            ("not (subject eq 'Event 3')", 19), ("subject eq 'Event 3' or subject eq 'Event 4'", 2),
            ("contains(subject,'nt 7') and (isCancelled eq false)", 1),
        ])
    func filters(filter: String, count: Int) async throws {
        try await withAda { client in
            try seed(client, 20)
            let query = filter.replacing(" ", with: "%20").replacing("'", with: "%27")
            let reply = try await client.get("/me/events?$top=50&$filter=\(query)")
            #expect(reply["value"]?.array?.count == count, "\(reply.json.text.prefix(300))")
        }
    }

    @Test(
        "nonsense in options is 400",
        arguments: ["$filter=subject%20is%20x", "$top=x", "$top=0", "$select=nothing", "$orderby=nothing"])
    func nonsense(option: String) async throws {
        try await withAda { client in
            let reply = try await client.get("/me/events?\(option)")
            #expect(reply.status == 400)
        }
    }

    @Test("an event is found by its own mark, and the mark is shown only if it is expanded")
    func marks() async throws {
        try await withAda { client in
            let id = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Booking"
            let mark: JSON = [["id": .string(id), "value": "b-1"]]
            let made = try await client.send(
                "POST", "/me/events",
                event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00", [("singleValueExtendedProperties", mark)]))
            #expect(made.status == 201)
            #expect(made["singleValueExtendedProperties"] == nil)
            let filter = "singleValueExtendedProperties/Any(ep: ep/id eq '\(id)' and ep/value eq 'b-1')"
            let coded = try #require(filter.addingPercentEncoding)
            let found = try await client.get("/me/events?$filter=\(coded)")
            #expect(found["value"]?.array?.count == 1)
            #expect(found["value"]?[0]?["singleValueExtendedProperties"] == nil)
            let expand = try #require("singleValueExtendedProperties($filter=id eq '\(id)')".addingPercentEncoding)
            let event = try await client.get("/me/events/\(try #require(made["id"]?.string))?$expand=\(expand)")
            #expect(event["singleValueExtendedProperties"]?[0]?["value"] == "b-1")
        }
    }
}

extension String {
    /// Encoded for a query, everything but letters and digits.
    var addingPercentEncoding: String? { addingPercentEncoding(withAllowedCharacters: .alphanumerics) }
}

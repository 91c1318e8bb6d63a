import GraphSimulator
import Testing

/// Goal: what Exchange refuses is refused, what it changes is changed.
@Suite struct EventRuleTests {
    private static func timed(_ more: [(String, JSON)] = []) -> JSON {
        event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00", more)
    }

    static let refused: [(String, JSON, String)] = [
        (
            "end before start", event("A", "2026-05-04T10:00:00", "2026-05-04T09:00:00"),
            "ErrorCalendarEndDateIsEarlierThanStartDate"
        ),
        ("no times", ["subject": "A"], "ErrorPropertyValidationFailure"),
        ("an unknown member", timed([("colour", "red")]), "RequestBodyRead"),
        ("a wrong type", timed([("subject", 5)]), "RequestBodyRead"),
        ("an unknown word", timed([("showAs", "away")]), "RequestBodyRead"),
        (
            "no zone", event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00", zone: "Mars"),
            "TimeZoneNotSupportedException"
        ),
        ("no time", event("A", "today", "2026-05-04T11:00:00"), "RequestBodyRead"),
        (
            "all-day at ten", event("A", "2026-05-04T10:00:00", "2026-05-05T10:00:00", [("isAllDay", true)]),
            "ErrorPropertyValidationFailure"
        ),
        (
            "all-day without a day", event("A", "2026-05-04T00:00:00", "2026-05-04T00:00:00", [("isAllDay", true)]),
            "ErrorPropertyValidationFailure"
        ),
        (
            "an attendee without address", timed([("attendees", [["type": "required"]])]),
            "ErrorPropertyValidationFailure"
        ),
        ("six years", event("A", "2026-05-04T10:00:00", "2032-05-04T10:00:00"), "ErrorCalendarDurationIsTooLong"),
        (
            "a mark without a form", timed([("singleValueExtendedProperties", [["id": "Booking", "value": "1"]])]),
            "ErrorInvalidRequest"
        ),
        (
            "a rule without days",
            timed([
                (
                    "recurrence",
                    [
                        "pattern": ["type": "weekly", "interval": 1],
                        "range": ["type": "noEnd", "startDate": "2026-05-04"],
                    ]
                )
            ]), "ErrorPropertyValidationFailure"
        ),
        (
            "a rule that starts elsewhere",
            timed([
                (
                    "recurrence",
                    [
                        "pattern": ["type": "daily", "interval": 1],
                        "range": ["type": "noEnd", "startDate": "2026-05-05"],
                    ]
                )
            ]), "ErrorPropertyValidationFailure"
        ),
    ]

    @Test("a body that Exchange refuses is 400 with its code", arguments: refused)
    func refusals(name: String, body: JSON, code: String) async throws {
        try await withAda { client in
            let reply = try await client.send("POST", "/me/events", body)
            #expect((reply.status, reply.code) == (400, code), "\(name)")
            let events = try await client.get("/me/events")
            #expect(events["value"]?.array?.isEmpty == true)
        }
    }

    @Test("an all-day event keeps its dates whatever zone is asked for, date-only input is taken")
    func allDay() async throws {
        try await withAda { client in
            let body: JSON = [
                "subject": "Day", "isAllDay": true,
                "start": ["dateTime": "2026-05-16", "timeZone": "New Zealand Standard Time"],
                "end": ["dateTime": "2026-05-17", "timeZone": "New Zealand Standard Time"],
            ]
            let made = try await client.send("POST", "/me/events", body)
            #expect(made.status == 201)
            let id = try #require(made["id"]?.string)
            for zone in ["UTC", "Pacific Standard Time", "New Zealand Standard Time"] {
                let reply = try await client.get("/me/events/\(id)", prefer: "outlook.timezone=\"\(zone)\"")
                #expect(reply["start"] == ["dateTime": "2026-05-16T00:00:00.0000000", "timeZone": .string(zone)])
                #expect(reply["end"]?["dateTime"] == "2026-05-17T00:00:00.0000000")
                #expect(reply.header("preference-applied")?.contains(zone) == true)
            }
        }
    }

    @Test("preferences: zone, text body, immutable id; the same event by both ids")
    func preferences() async throws {
        try await withAda { client in
            let made = try await client.send(
                "POST", "/me/events", Self.timed([("body", ["contentType": "text", "content": "a < b\nnext"])]))
            let id = try #require(made["id"]?.string)
            #expect(made["body"]?["contentType"] == "html")
            #expect(made["body"]?["content"]?.string?.contains("a &lt; b<br>") == true)
            let text = try await client.get(
                "/me/events/\(id)", prefer: "outlook.body-content-type=\"text\", IdType=\"ImmutableId\"")
            #expect(text["body"]?["content"] == "a < b\nnext")
            let immutable = try #require(text["id"]?.string)
            #expect(immutable != id)
            let both = try await client.get(
                "/me/events/\(immutable)", prefer: "outlook.timezone=\"Tokyo Standard Time\"")
            #expect(both["id"]?.string == id)
            #expect(both["start"] == ["dateTime": "2026-05-04T19:00:00.0000000", "timeZone": "Tokyo Standard Time"])
            let wrong = try await client.get("/me/events/\(id)", prefer: "outlook.timezone=\"Mars\"")
            #expect(wrong.status == 400)
            let translated = try await client.send(
                "POST", "/me/translateExchangeIds",
                ["inputIds": [.string(id)], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"])
            #expect(translated["value"]?[0]?["targetId"]?.string == immutable)
        }
    }

    @Test(
        "a known transactionId makes no second event, even after a deletion",
        arguments: [("400", 400), ("409", 409), ("existing", 201)])
    func transactions(mode: String, status: Int) async throws {
        try await withAda { client in
            try client.simulator.simulator.control(
                "PATCH", "/control/settings", ["duplicateTransaction": .string(mode)])
            let body = Self.timed([("transactionId", "7E163156-7762-4BEB-A1C6-729EA81755A7")])
            let first = try await client.send("POST", "/me/events", body)
            let again = try await client.send("POST", "/me/events", body)
            #expect(first.status == 201 && again.status == status)
            let existing = status == 201 ? again["id"] : again["error"]?["@event.existingEventId"]
            #expect(existing == first["id"])
            #expect(status == 201 || again.code == "ErrorDuplicateTransactionId")
            let id = try #require(first["id"]?.string)
            _ = try await client.send("DELETE", "/me/events/\(id)")
            #expect(try await client.send("POST", "/me/events", body).code == "ErrorDuplicateTransactionId")
            let patch = try await client.send(
                "PATCH", "/me/events/\(id)", ["transactionId": "x"])
            #expect(patch.status == 404)
        }
    }

    @Test("a stale etag is 412, the current one passes; transactionId can't be patched")
    func matching() async throws {
        try await withAda { client in
            let made = try await client.send("POST", "/me/events", Self.timed())
            let id = try #require(made["id"]?.string)
            let etag = try #require(made["@odata.etag"]?.string)
            let first = try await client.send(
                "PATCH", "/me/events/\(id)", ["subject": "B"], headers: ["If-Match": etag])
            #expect(first.status == 200)
            let stale = try await client.send(
                "PATCH", "/me/events/\(id)", ["subject": "C"], headers: ["If-Match": etag])
            #expect((stale.status, stale.code) == (412, "ErrorIrresolvableConflict"))
            let key = try await client.send("PATCH", "/me/events/\(id)", ["transactionId": "x"])
            #expect((key.status, key.code) == (400, "ErrorInvalidRequest"))
            let removed = try await client.send("DELETE", "/me/events/\(id)", headers: ["If-Match": etag])
            #expect(removed.status == 412)
        }
    }

    @Test("changing a series: its texts reach exceptions that have none of their own, a new time drops them")
    func series() async throws {
        try await withAda { client in
            let made = try await client.send(
                "POST", "/me/events",
                Self.timed([
                    (
                        "recurrence",
                        [
                            "pattern": ["type": "daily", "interval": 1],
                            "range": ["type": "endDate", "startDate": "2026-05-04", "endDate": "2026-05-08"],
                        ]
                    )
                ]))
            let id = try #require(made["id"]?.string)
            let window = "startDateTime=2026-05-01&endDateTime=2026-06-01"
            let view = try await client.get("/me/calendarView?\(window)")
            let second = try #require(view["value"]?[1]?["id"]?.string)
            _ = try await client.send("PATCH", "/me/events/\(second)", ["subject": "Own"])
            _ = try await client.send("PATCH", "/me/events/\(id)", ["subject": "New", "showAs": "oof"])
            let changed = try await client.get("/me/calendarView?\(window)")
            #expect(changed["value"]?.array?.map { $0["subject"] } == ["New", "Own", "New", "New", "New"])
            #expect(changed["value"]?.array?.allSatisfy { $0["showAs"] == "oof" } == true)
            _ = try await client.send(
                "PATCH", "/me/events/\(id)",
                [
                    "start": ["dateTime": "2026-05-04T15:00:00", "timeZone": "UTC"],
                    "end": ["dateTime": "2026-05-04T16:00:00", "timeZone": "UTC"],
                ])
            let moved = try await client.get("/me/calendarView?\(window)")
            #expect(moved["value"]?.array?.map { $0["type"] } == Array(repeating: "occurrence", count: 5))
            #expect(moved["value"]?[1]?["id"]?.string == second)
        }
    }
}

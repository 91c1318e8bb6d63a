import FleetCore
import Foundation
import Testing

// Goal: each rule of the contract's sections 1 and 3 holds, and each fault names its field. Method: tables; one valid
// payload, changed in one place at a time.

private let now = Date(timeIntervalSince1970: 1_780_000_000)

private func decode(_ text: String, list: JobKind? = nil) -> Result<AcceptedJob, JobRejection> {
    JobDecoder().decode(Array(text.utf8), list: list, now: now)
}

private func job(_ text: String, list: JobKind? = nil) throws -> Job { try decode(text, list: list).get().job }

private func message(_ text: String, list: JobKind? = nil) -> String? {
    if case .failure(let rejection) = decode(text, list: list) { rejection.error.message } else { nil }
}

@Suite struct JobDecoderTests {
    @Test("a short connect from its list has the contract's defaults")
    func connectDefaults() throws {
        let job = try job(
            #"{"tenant_id":"acme","resource_id":"room-1","calendar_id":"primary","oauth_token":"eyJ.x"}"#,
            list: .connect)
        var settings = ConnectionSettings()
        settings.frequency = .every(seconds: 300)
        #expect(
            job
                == Job(
                    tenant: TenantID("acme"),
                    request: .connect(
                        ConnectRequest(
                            resource: ResourceID("room-1"),
                            authorization: .tokens(OAuthTokens(accessToken: "eyJ.x")), settings: settings))))
    }

    @Test("every field of a connect is read")
    func connectFull() throws {
        let text = #"""
            {"kind":"connect","tenant_id":"a.B_c-9","id":"j 1é","resource_id":"dr:a@b+c","calendar_id":"AAMk=",
             "mailbox":"ann#EXT#@x.org","oauth_token":{"access_token":"a1","refresh_token":"r1","expires_in":3600},
             "settings":{"direction":"push","frequency":"realtime","window":{"past":"P1W","future":"P1DT12H"},
             "tentative_blocks":false,"private_titles":true,"buffer_before":"PT15M","buffer_after":"PT90S"},
             "not_before":"2026-05-16T10:00:00+02:00","expires_at":"2026-05-17T00:00:00z","priority":"high",
             "max_attempts":3,"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
            """#
        let job = try job(text)
        guard case .connect(let request) = job.request else { throw Unexpected() }
        #expect(request.mailbox == MailboxID("ann#EXT#@x.org"))
        #expect(
            request.authorization
                == .tokens(
                    OAuthTokens(accessToken: "a1", refreshToken: "r1", expiresAt: now.addingTimeInterval(3600))))
        #expect(request.settings.direction == .push && request.settings.frequency == .realtime)
        #expect(request.settings.windowPastSeconds == 604_800 && request.settings.windowFutureSeconds == 129_600)
        #expect(!request.settings.tentativeBlocks && request.settings.privateTitles)
        #expect(request.settings.bufferBeforeSeconds == 900 && request.settings.bufferAfterSeconds == 90)
        #expect(job.notBefore.map { RFC3339.string($0) } == "2026-05-16T08:00:00Z")
        #expect(job.priority == .high && job.maximumAttempts == 3 && job.traceparent != nil && job.warnings.isEmpty)
        #expect(try self.sameAfterEncoding(job))
    }

    @Test("a sync with bookings is read whole, and encodes back to itself")
    func bookings() throws {
        let text = #"""
            {"kind":"sync","tenant_id":"t","resource_id":"r","full":true,"bookings":[
             {"booking_id":"b-1","start_time":"2026-05-16T10:00:00+02:00","end_time":"2026-05-16T09:00:00Z",
              "title":"x\u0000","body":"y","location":"z",
              "attendees":[{"email":"a@b.c","name":"A","required":false},{"email":"d@e"}],
              "show_as":"tentative","on_conflict":"allow","revision":7},
             {"booking_id":"b-2","op":"upsert","all_day":true,"start_date":"2026-02-28","end_date":"2026-03-01"},
             {"booking_id":"b-3","op":"cancel"}]}
            """#
        let job = try job(text)
        guard case .sync(let request) = job.request else { throw Unexpected() }
        #expect(request.full && request.bookings.count == 3)
        #expect(request.bookings[0].title == "x\0" && request.bookings[0].revision == 7)
        #expect(request.bookings[0].attendees?.map(\.required) == [false, true])
        #expect(request.bookings[1].attendees == nil && request.bookings[1].showAs == .busy)
        #expect(request.bookings[2].operation == .cancel && request.bookings[2].time == nil)
        #expect(try self.sameAfterEncoding(job))
    }

    @Test("app-only needs a mailbox and a real directory")
    func appOnly() throws {
        let base = #"{"kind":"connect","tenant_id":"t","resource_id":"r""#
        let job = try job(base + #","mailbox":"room@x.org","app_only":{"directory":"contoso.com"}}"#)
        #expect(try sameAfterEncoding(job))
        #expect(
            message(base + #","app_only":{"directory":"contoso.com"}}"#) == "mailbox: is missing: app_only needs one")
        #expect(
            message(base + #","mailbox":"m","app_only":{"directory":"common"}}"#)?.hasPrefix(
                "app_only.directory: must be") == true)
        #expect(message(base + #","mailbox":"m","app_only":{}}"#) == "app_only.directory: is missing")
        #expect(message(base + #","mailbox":"m","app_only":true}"#) == "app_only: must be an object, not a boolean")
        #expect(
            message(base + #","mailbox":"m","oauth_token":"x","app_only":{"directory":"d"}}"#)?.contains(
                "one of the two") == true)
        #expect(message(base + "}") == "oauth_token: is missing (or give app_only)")
    }

    @Test(
        "a field that breaks its rule rejects the payload and is named",
        arguments: [
            (#""tenant_id":"""#, "tenant_id: must be 1-128"), (#""tenant_id":"a b""#, "tenant_id: must be 1-128"),
            (#""tenant_id":"a:b""#, "tenant_id:"), (#""tenant_id":"é""#, "tenant_id:"),
            (#""tenant_id":"a\u0000""#, "tenant_id:"), (#""tenant_id":7"#, "tenant_id: must be a string, not a number"),
            (#""tenant_id":null"#, "tenant_id: must be a string, not null (leave the field out)"),
            (#""resource_id":"a/b""#, "resource_id: must be 1-256 of"),
            (#""resource_id":[]"#, "resource_id: must be a"),
            (#""calendar_id":"a b""#, "calendar_id: must be 1-512"), (#""calendar_id":"..""#, "calendar_id:"),
            (#""calendar_id":"ü""#, "calendar_id:"), (#""id":"""#, "id: must be 1-128 printable"),
            (#""id":"a\u0000b""#, "id: must be 1-128 printable"), (#""id":"a\nb""#, "id:"),
            (#""id":"a\u202Eb""#, "id:"), (#""id":1"#, "id: must be a string"),
            (#""kind":"ping""#, "kind: must be one of"),
            (#""kind":"connect""#, "kind: is connect, but the list is for sync jobs"), (#""kind":{}"#, "kind: must be"),
            (#""not_before":"2026-05-16T10:00:00""#, "not_before: must be an RFC 3339"),
            (#""not_before":"2026-02-30T10:00:00Z""#, "not_before:"),
            (#""not_before":1780000000"#, "not_before: must be a"),
            (#""expires_at":"tomorrow""#, "expires_at: must be"),
            (#""priority":"urgent""#, "priority: must be one of high"),
            (#""max_attempts":0"#, "max_attempts: must be a whole number from 1 to 100"),
            (#""max_attempts":101"#, "max_attempts:"), (#""max_attempts":1.5"#, "max_attempts:"),
            (#""max_attempts":"3""#, "max_attempts: must be a whole number from 1 to 100, not a string"),
            (#""max_attempts":9007199254740993"#, "max_attempts: must be a whole number from 1 to 100; beyond 2^53"),
            (#""max_attempts":1e300"#, "max_attempts:"),
            (#""full":"yes""#, "full: must be true or false, not a string"),
            (#""bookings":{}"#, "bookings: must be an array"), (#""bookings":[1]"#, "bookings[0]: must be an object"),
        ])
    func faults(_ field: String, _ expected: String) {
        let name = field.dropFirst().prefix { $0 != "\"" }
        let base = [#""tenant_id":"t""#, #""resource_id":"r""#].filter { !$0.hasPrefix("\"\(name)\"") }
        let text = "{" + (base + [field]).joined(separator: ",") + "}"
        let found = message(text, list: .sync)
        #expect(found?.hasPrefix(expected) == true, "\(found ?? "accepted")")
    }

    @Test(
        "a booking that breaks a rule is named by its place",
        arguments: [
            (#""booking_id":7"#, "booking_id: must be a string"),
            (#""op":"delete""#, "op: must be one of upsert, cancel"),
            (#""start_time":"2026-05-16T11:00:00Z""#, "end_time: must be after start_time"),
            (#""end_time":"2026-05-16T12:00:00+02:00""#, "end_time: must be after start_time"),
            (#""all_day":true"#, "all_day: goes with dates"),
            (#""start_date":"2026-05-16""#, "start_date: needs all_day"),
            (#""title":null"#, "title: must be a string"),
            (#""attendees":[{"email":"x"}]"#, "attendees[0].email: must be"),
            (#""attendees":[{"email":"a b@c"}]"#, "attendees[0].email:"),
            (#""attendees":[{}]"#, "attendees[0].email: is missing"),
            (#""attendees":["a@b.c"]"#, "attendees[0]: must be an object"),
            (#""show_as":"maybe""#, "show_as: must be one of"),
            (#""on_conflict":"x""#, "on_conflict:"),
            (#""revision":9007199254740993"#, "revision: must be a whole number; beyond"),
            (#""revision":0.5"#, "revision:"),
        ])
    func bookingFaults(_ field: String, _ expected: String) {
        let name = field.dropFirst().prefix { $0 != "\"" }
        let base = [
            #""booking_id":"b""#, #""start_time":"2026-05-16T10:00:00Z""#, #""end_time":"2026-05-16T11:00:00Z""#,
        ].filter { !$0.hasPrefix("\"\(name)\"") }
        let booking = "{" + (base + [field]).joined(separator: ",") + "}"
        let found = message(#"{"tenant_id":"t","resource_id":"r","bookings":[\#(booking)]}"#, list: .sync)
        #expect(
            found?.hasPrefix("bookings[0].\(expected)") == true || found?.hasPrefix("bookings[0].\(expected)") == true,
            "\(found ?? "accepted")")
    }

    @Test("500 bookings pass, 501 don't; 501 attendees don't")
    func manyBookings() throws {
        func text(_ count: Int) -> String {
            let list = (0..<count).map { #"{"booking_id":"b\#($0)","op":"cancel"}"# }.joined(separator: ",")
            return #"{"kind":"sync","tenant_id":"t","resource_id":"r","bookings":[\#(list)]}"#
        }
        #expect(message(text(500)) == nil)
        #expect(message(text(501)) == "bookings: must have at most 500 elements")
    }

    @Test("a sync or disconnect without resource and calendar is rejected")
    func selector() throws {
        #expect(message(#"{"kind":"sync","tenant_id":"t"}"#) == "resource_id: is missing (or give calendar_id)")
        let byCalendar = try job(#"{"kind":"disconnect","tenant_id":"t","calendar_id":"c","remove_events":true}"#)
        #expect(
            byCalendar.request
                == .disconnect(DisconnectRequest(connection: .calendar(CalendarID("c")), removeEvents: true)))
        #expect(message(#"{"tenant_id":"t","resource_id":"r"}"#) == "kind: is missing: connect, sync or disconnect")
        #expect(message("[1]") == "the payload must be a JSON object, not an array")
    }

    @Test("what doesn't fail a job comes back as a warning")
    func warnings() throws {
        let text = #"""
            {"kind":"connect","tenant_id":"t","resource_id":"r",
             "oauth_token":{"access_token":"a","token_type":"Bearer"},
             "settings":{"frequency":"PT10S","color":"red","window":{"length":"P1D"}},"traceparent":"00-abc","x":1e300}
            """#
        #expect(
            try job(text).warnings == [
                "unknown field oauth_token.token_type", "unknown field settings.color",
                "settings.frequency: was raised to PT1M", "unknown field settings.window.length", "unknown field x",
                "traceparent: is malformed and was ignored",
            ])
        let long =
            #"{"kind":"sync","tenant_id":"t","resource_id":"r","preferred_language_code":1,"eyJhbGciOiJIUzI1NiJ9":2}"#
        #expect(try job(long).warnings == ["unknown field preferred_language_code", "unknown field ***"])
        let many = (0..<1000).map { "\"f\($0)\":0" }.joined(separator: ",")
        #expect(try job(#"{"kind":"sync","tenant_id":"t","resource_id":"r",\#(many)}"#).warnings.count == 21)
    }

    @Test(
        "settings that can't be kept are rejected",
        arguments: [
            (#""direction":"both""#, "settings.direction:"), (#""frequency":"hourly""#, "settings.frequency:"),
            (#""frequency":"P1M""#, "settings.frequency:"), (#""window":{"past":"P1Y"}"#, "settings.window.past:"),
            (#""window":{"future":"P1791D"}"#, "settings.window.future:"), (#""window":[]"#, "settings.window:"),
            (#""window":{"past":"P900D","future":"P900D"}"#, "settings.window: must be longer"),
            (#""window":{"past":"P0D","future":"P0D"}"#, "settings.window:"),
            (#""buffer_before":"P8D""#, "settings.buffer_before:"),
            (#""buffer_after":"15m""#, "settings.buffer_after:"),
            (#""tentative_blocks":1"#, "settings.tentative_blocks:"),
        ])
    func settings(_ field: String, _ expected: String) {
        let found = message(
            #"{"kind":"connect","tenant_id":"t","resource_id":"r","oauth_token":"x","settings":{\#(field)}}"#)
        #expect(found?.hasPrefix(expected) == true, "\(found ?? "accepted")")
    }

    @Test(
        "tokens are held to their form, and never named by value",
        arguments: [
            #""sec ret""#, #""""#, #"{"refresh_token":"sekret"}"#, #"{"access_token":"sekret\r\nX: y"}"#, "7", "null",
            #"{"access_token":"sekret","expires_in":"3600"}"#, #"{"access_token":"sekret","expires_at":"soon"}"#,
            #"["sekret"]"#,
        ])
    func tokens(_ token: String) throws {
        let result = decode(#"{"kind":"connect","tenant_id":"t","resource_id":"r","oauth_token":\#(token)}"#)
        guard case .failure(let rejection) = result else { throw Unexpected() }
        #expect(rejection.error.message.hasPrefix("oauth_token"))
        #expect(!"\(rejection)".contains("sekret") && !"\(rejection)".contains("sec ret"))
    }

    private func sameAfterEncoding(_ job: Job) throws -> Bool {
        try JobDecoder().decode(job.payload(), list: nil, now: now).get().job == job
    }
}

struct Unexpected: Error {
    @Test("a payload that names a newer version is left to who knows it; other values of v are a stranger's field")
    func versions() throws {
        func version(_ value: String, knowing known: Int = 1) -> (Int?, [String]?) {
            var decoder = JobDecoder()
            decoder.version = known
            let text = #"{"kind":"sync","tenant_id":"a","resource_id":"r","v":\#(value)}"#
            switch decoder.decode(Array(text.utf8), list: nil, now: now) {
            case .success(let accepted): return (nil, accepted.job.warnings)
            case .failure(let rejection): return (rejection.newerVersion, nil)
            }
        }
        #expect(version("1") == (nil, []))
        #expect(version("2") == (2, nil))
        #expect(version("2", knowing: 2) == (nil, []))
        #expect(version("999", knowing: 2) == (999, nil))
        for stranger in ["0", "-1", "1000", "2.5", "\"2\"", "null", "[2]"] {
            #expect(version(stranger) == (nil, ["unknown field v"]))
        }
        #expect(message(#"{"kind":"fly","v":2}"#) == "v: is 2, and only versions up to 1 are understood here")
    }
}

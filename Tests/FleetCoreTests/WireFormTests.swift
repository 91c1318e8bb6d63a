import FleetCore
import Foundation
import Testing

// Goal: the bytes on streams and in hashes are the contract's, in a fixed order, and read back as they were. Method:
// literal texts, and Foundation as a second reader.

@Suite struct WireFormTests {
    private let noon = Date(timeIntervalSince1970: 1_780_315_200.75)

    @Test("an event has the contract's members, and only those that apply")
    func event() throws {
        let full = CalendarEvent(
            id: EventID("AA="), start: noon, end: noon.addingTimeInterval(3600), title: "a\"\\\n\u{0}é😀",
            allDay: .init(start: CalendarDate("2026-06-01")!, end: CalendarDate("2026-06-02")!), status: .cancelled,
            showAs: .workingElsewhere, blocks: false, kind: .exception, series: EventID("M"),
            booking: BookingID("b-1"), location: "Room /1", isPrivate: true, lastModified: noon)
        let members = [
            #""event_id":"AA=","start_time":"2026-06-01T12:00:00Z","end_time":"2026-06-01T13:00:00Z""#,
            #""title":"a\"\\\n\u0000é😀","all_day":true,"start_date":"2026-06-01","end_date":"2026-06-02""#,
            #""status":"cancelled","show_as":"workingElsewhere","blocks":false,"type":"exception","series_id":"M""#,
            #""booking_id":"b-1","location":"Room /1","private":true,"last_modified":"2026-06-01T12:00:00Z""#,
        ]
        #expect(full.json() == "{" + members.joined(separator: ",") + "}")
        let least = CalendarEvent(id: EventID("A"), start: noon, end: noon, title: "")
        #expect(
            least.json()
                == #"{"event_id":"A","start_time":"2026-06-01T12:00:00Z","end_time":"2026-06-01T12:00:00Z","#
                + #""title":"","all_day":false,"status":"confirmed","show_as":"busy","blocks":true,"#
                + #""type":"single","private":false}"#
        )
        for event in [full, least] {
            let read = try #require(CalendarEvent(json: event.json()))
            #expect(read.json() == event.json() && read.title.utf8.elementsEqual(event.title.utf8))
            let foundation = try JSONSerialization.jsonObject(with: Data(event.json().utf8)) as? [String: Any]
            #expect((foundation?["title"] as? String)?.utf8.elementsEqual(event.title.utf8) == true)
        }
        #expect(CalendarEvent(json: "{}") == nil && CalendarEvent(json: "x") == nil)
        #expect(CalendarEvent(json: least.json().replacingOccurrences(of: "single", with: "weekly")) == nil)
    }

    @Test("a result is flat, in the contract's order, without what isn't known")
    func result() {
        let error = JobError(
            .throttled, "Graph said no", retryable: true,
            graph: .init(status: 429, code: "TooManyRequests", requestID: "r-1"))
        let result = JobResult(
            .failed(.sync), jobID: JobID("j"), kind: .sync, tenant: TenantID("t"), resource: ResourceID("r"),
            calendar: CalendarID("c"), attempts: 2, fence: Fence(1_780_000_000_000), enqueuedAt: noon, startedAt: noon,
            finishedAt: noon, data: ResultData(warnings: ["w"]), error: error)
        let expected = [
            ("v", "1"), ("type", "sync.failed"), ("job_id", "j"), ("kind", "sync"), ("tenant_id", "t"),
            ("resource_id", "r"), ("calendar_id", "c"), ("attempts", "2"), ("fence", "1780000000000"),
            ("enqueued_at", "2026-06-01T12:00:00.750Z"), ("started_at", "2026-06-01T12:00:00.750Z"),
            ("finished_at", "2026-06-01T12:00:00.750Z"), ("data", #"{"warnings":["w"]}"#),
            (
                "error",
                #"{"code":"throttled","message":"Graph said no","retryable":true,"graph":{"status":429,"#
                    + #""code":"TooManyRequests","request_id":"r-1"}}"#
            ),
        ]
        #expect(result.fields().elementsEqual(expected, by: ==))
        let least = JobResult(.duplicate, jobID: JobID("j"), data: ResultData(.duplicate(of: JobID("j"))))
        #expect(
            least.fields().elementsEqual(
                [("v", "1"), ("type", "job.duplicate"), ("job_id", "j"), ("data", #"{"of":"j"}"#)], by: ==))
    }

    @Test("each kind of result carries its own data")
    func resultData() {
        let connect = ConnectData(
            calendar: CalendarID("c"), calendarName: "Kalender", owner: "a@b.c", canEdit: true, events: 3,
            frequency: .every(seconds: 300), nextSyncAt: noon, message: "m")
        #expect(
            ResultData(.connect(connect), servedBy: JobID("x")).json()
                == #"{"calendar_id":"c","calendar_name":"Kalender","owner":"a@b.c","can_edit":true,"events":3,"#
                + #""frequency":"PT5M","next_sync_at":"2026-06-01T12:00:00Z","message":"m","served_by":"x"}"#)
        let bookings = [
            BookingOutcome(id: BookingID("b"), verdict: .confirmed, event: EventID("e")),
            BookingOutcome(id: BookingID("d"), verdict: .rejected, conflicts: [EventID("f")]),
            BookingOutcome(id: BookingID("g"), verdict: .failed, error: JobError(.accessDenied, "no")),
        ]
        let sync = SyncData(
            created: 1, updated: 2, deleted: 3, full: true, bookings: bookings, graphCalls: 4, message: "m")
        #expect(
            ResultData(.sync(sync), retryOf: JobID("y")).json()
                == #"{"created":1,"updated":2,"deleted":3,"full":true,"bookings":[{"booking_id":"b","#
                + #""outcome":"confirmed","event_id":"e"},{"booking_id":"d","outcome":"rejected","conflicts":["f"]},"#
                + #"{"booking_id":"g","outcome":"failed","error":{"code":"access_denied","message":"no","#
                + #""retryable":false}}],"graph_calls":4,"message":"m","retry_of":"y"}"#)
        #expect(ResultData().json() == "{}")
        #expect(
            ResultData(.disconnect(removedEvents: 2, message: "m")).json() == #"{"removed_events":2,"message":"m"}"#)
        #expect(ResultData(.rejected(excerpt: "{\"")).json() == #"{"excerpt":"{\""}"#)
    }

    @Test("a change names connection, calendar, job and event, and carries its data")
    func change() {
        let connection = ConnectionID(tenant: TenantID("t"), resource: ResourceID("r:1"))
        let event = CalendarEvent(id: EventID("e"), start: noon, end: noon, title: "x")
        let change = Change(
            .eventCreated, connection: connection, calendar: CalendarID("c"), job: JobID("j"), at: noon,
            event: event.id, booking: BookingID("b"), body: .event(event))
        let expected = [
            ("v", "1"), ("type", "event.created"), ("tenant_id", "t"), ("resource_id", "r:1"), ("calendar_id", "c"),
            ("job_id", "j"), ("at", "2026-06-01T12:00:00.750Z"), ("event_id", "e"), ("booking_id", "b"),
            ("data", event.json()),
        ]
        #expect(change.fields().elementsEqual(expected, by: ==))
        let window = Change(
            .calendarConnected, connection: connection, calendar: nil, job: nil, at: noon,
            body: .window(past: 86_400, future: 3600, from: noon, to: noon))
        #expect(
            window.fields().last?.1
                == #"{"window":{"past":"P1D","future":"PT1H","start_time":"2026-06-01T12:00:00Z","#
                + #""end_time":"2026-06-01T12:00:00Z"}}"#)
        let trouble = Change(
            .calendarReconnectRequired, connection: connection, calendar: nil, job: nil, at: noon,
            body: .trouble(code: .reconnectRequired, since: nil))
        #expect(trouble.fields().last?.1 == #"{"code":"reconnect_required"}"#)
    }

    @Test("a connection's record reads back whole; a newer one and rubbish are refused")
    func connection() throws {
        var settings = ConnectionSettings()
        settings.frequency = .realtime
        settings.bufferAfterSeconds = 90
        var connection = Connection(
            id: ConnectionID(tenant: TenantID("t"), resource: ResourceID("r:1")), generation: 3,
            state: .reconnectRequired, requestedCalendar: .primary, calendar: CalendarID("c"), calendarName: "K ü",
            owner: "a@b.c", canEdit: true, mailbox: MailboxID("m"), credential: CredentialID("k"), settings: settings,
            timeZone: "Europe/Berlin")
        #expect(try Connection(record: connection.record()) == connection)
        let second = Date(timeIntervalSince1970: 1_780_315_200)
        connection.deltaToken = DeltaToken("https://x/y?$deltatoken=a.b")
        connection.roundStart = second
        connection.roundEnd = second
        connection.lastSyncAt = second
        connection.nextSyncAt = second
        connection.windowRolledAt = second
        connection.lastError = JobError(.throttled, "slow", retryable: true, graph: .init(status: 429))
        #expect(try Connection(record: connection.record()) == connection)
        let newer = connection.record().replacingOccurrences(of: "{\"v\":1", with: "{\"v\":2")
        #expect(throws: Connection.RecordError.newerVersion(2)) { try Connection(record: newer) }
        #expect(throws: Connection.RecordError.self) { try Connection(record: "{}") }
        #expect(throws: Connection.RecordError.self) { try Connection(record: #"{"v":1}"#) }
    }

    @Test("what waits in private reads back as it was written")
    func companions() throws {
        let event = CalendarEvent(
            id: EventID("e"), start: Date(timeIntervalSince1970: 0), end: Date(timeIntervalSince1970: 60), title: "x")
        let facts = MasterFacts(
            title: "t", location: "l", showAs: .oof, isPrivate: true, isCancelled: true, isDeclined: true,
            isAllDay: true, modifiedMilliseconds: 1_780_315_200_123, changeKey: "k")
        let all: [Companion] = [
            .shown(EventDetails()), .shown(EventDetails(isDeclined: true, modifiedMilliseconds: 5)),
            .hidden(event, EventDetails(modifiedMilliseconds: -1)), .master(facts), .master(MasterFacts(title: "")),
        ]
        for companion in all { #expect(try Companion.read(companion.json()) == companion) }
        #expect(all[0].json() == #"{"v":1}"#)
        #expect(
            try Companion.read("x") == nil && Companion.read("{}") == nil && Companion.read(#"{"v":1,"e":7}"#) == nil)
    }

    @Test("items of pages read back as they were staged")
    func staged() {
        let day = (CalendarDate("2026-06-01")!, CalendarDate("2026-06-02")!)
        let time = RemoteTime.midnights(start: day.0, end: day.1, startUTC: at(0), endUTC: at(1))
        let items = [
            single("a", modified: nil), single("b") { $0.time = .allDay(start: day.0, end: day.1) },
            exception("c", of: "m", day: 3) {
                $0.location = "l"
                $0.transactionID = "x"
                $0.originalTimeZone = "W. Europe Standard Time"
                $0.response = .tentativelyAccepted
            },
            master("m") { $0.isCancelled = true }, occurrence("d", of: "m", day: 1),
            .occurrence(RemoteOccurrence(id: EventID("e"), series: EventID("m"), time: time, isCancelled: true)),
            .removed(EventID("f")), .malformed(id: nil, reason: "r"), .malformed(id: EventID("g"), reason: "r"),
        ]
        for item in items { #expect(RemoteItem(staged: item.staged(privateTitles: true)) == item) }
        for text in ["", "{}", #"{"k":"e"}"#, #"{"k":"o","i":"a"}"#, #"{"k":"z","i":"a"}"#] {
            #expect(RemoteItem(staged: text) == nil)
        }
    }
}

import FleetCore
import Foundation
import Testing

@testable import Graph

/// Goal: an item of a page becomes the right value, and one that can't is set aside with its id. Method: items as text.
@Suite struct RemoteItemTests {
    private func item(_ text: String) -> RemoteItem {
        Array(text.utf8).withUnsafeBytes { RemoteItem(json: $0) }
    }

    private func event(_ members: String) throws -> RemoteEvent {
        let times = "\"start\":\(at("10:00")),\"end\":\(at("11:00"))"
        guard case .event(let event) = item("{\"id\":\"E\",\(times)\(members.isEmpty ? "" : ",")\(members)}") else {
            throw TestFailure("no event")
        }
        return event
    }

    private func at(_ clock: String, _ zone: String = "UTC") -> String {
        "{\"dateTime\":\"2026-06-15T\(clock):00.0000000\",\"timeZone\":\"\(zone)\"}"
    }

    private func instant(_ text: String) throws -> Date { try #require(RFC3339.date(text)) }

    @Test("a whole event keeps what is wanted and nothing else")
    func whole() throws {
        let event = try event(
            """
            "@odata.etag":"W/\\"etag\\"","changeKey":"ck","subject":"Grün 🎉",
            "location":{"displayName":"Room 1","address":{}},
            "showAs":"oof","sensitivity":"Confidential","isCancelled":true,"type":"exception","seriesMasterId":"M",
            "responseStatus":{"response":"declined","time":"0001-01-01T00:00:00Z"},"transactionId":"tx",
            "lastModifiedDateTime":"2026-05-01T08:00:00.1234567Z","originalStartTimeZone":"W. Europe Standard Time",
            "body":{"contentType":"html","content":"secret"},"attendees":[{"emailAddress":{"address":"a@b.c"}}]
            """)
        let expected = RemoteEvent(
            id: EventID("E"), series: EventID("M"), isException: true,
            time: .timed(start: try instant("2026-06-15T10:00:00Z"), end: try instant("2026-06-15T11:00:00Z")),
            title: "Grün 🎉", location: "Room 1", showAs: .oof, isPrivate: true, isCancelled: true, response: .declined,
            lastModified: try instant("2026-05-01T08:00:00.123456Z"), changeKey: "ck", transactionID: "tx",
            originalTimeZone: "W. Europe Standard Time")
        #expect(event == expected)
        #expect(!String(reflecting: event).contains("secret"))
    }

    @Test("null, absent and odd members cost nothing but themselves (S61)")
    func lenient() throws {
        let event = try event(
            """
            "subject":null,"body":null,"location":null,"iCalUId":null,"showAs":7,"sensitivity":null,"isCancelled":"yes",
            "responseStatus":null,"lastModifiedDateTime":"yesterday","isAllDay":null,"type":null,"changeKey":null
            """)
        #expect(event.title.isEmpty && event.location == nil && event.lastModified == nil && !event.isCancelled)
        #expect(event.showAs == .unknown, "unknown blocks: when in doubt, no double booking (S58)")
        #expect(try self.event("").showAs == .unknown)
        #expect(try self.event("\"showAs\":\"somethingNew\"").showAs == .unknown)
        #expect(try self.event("\"location\":{\"displayName\":\"\"}").location == nil)
    }

    @Test("the five statuses read as they are (S55)", arguments: ShowAs.allCases)
    func statuses(status: ShowAs) throws {
        #expect(try event("\"showAs\":\"\(status.rawValue)\"").showAs == status)
    }

    @Test("the change key comes from the etag where it is not said by itself")
    func changeKey() throws {
        #expect(try event("\"@odata.etag\":\"W/\\\"abc==\\\"\"").changeKey == "abc==")
        #expect(try event("\"@odata.etag\":\"odd\"").changeKey == nil)
    }

    @Test("a removal needs its id only (S25)")
    func removal() {
        #expect(item("{\"id\":\"E\",\"@removed\":{\"reason\":\"deleted\"}}") == .removed(EventID("E")))
        #expect(item("{\"id\":\"E\",\"@removed\":null,\"type\":\"x\"}") == .removed(EventID("E")))
    }

    @Test("an occurrence is a skeleton (S37)")
    func occurrence() throws {
        let text = "\"id\":\"O\",\"type\":\"occurrence\",\"start\":\(at("10:00")),\"end\":\(at("11:00"))"
        let time = RemoteTime.timed(
            start: try instant("2026-06-15T10:00:00Z"), end: try instant("2026-06-15T11:00:00Z"))
        #expect(
            item("{\(text),\"seriesMasterId\":\"M\"}")
                == .occurrence(RemoteOccurrence(id: EventID("O"), series: EventID("M"), time: time)))
        #expect(
            item("{\(text),\"seriesMasterId\":\"M\",\"isCancelled\":true}")
                == .occurrence(RemoteOccurrence(id: EventID("O"), series: EventID("M"), time: time, isCancelled: true)))
        guard case .malformed(EventID("O"), _) = item("{\(text)}") else { throw TestFailure("it has no series") }
    }

    @Test("a master is no event of its own (S38)")
    func master() throws {
        let text = "{\"id\":\"M\",\"type\":\"seriesMaster\",\"start\":\(at("10:00")),\"end\":\(at("11:00"))}"
        guard case .master(let master) = item(text) else { throw TestFailure("no master") }
        #expect(master.id == EventID("M") && master.series == nil && !master.isException)
    }

    @Test(
        "what can't be read is set aside, with its id where it has one (S62)",
        arguments: [
            ("{\"id\":\"E\"}", "E"), ("{\"id\":\"E\",\"start\":{\"dateTime\":\"2026-06-15T10:00:00\"}}", "E"),
            ("{\"id\":\"E\",\"start\":null,\"end\":null}", "E"),
            ("{\"id\":\"E\",\"start\":{\"dateTime\":\"soon\"},\"end\":{\"dateTime\":\"later\"}}", "E"),
            ("{\"id\":\"E\",\"start\":7,\"end\":[]}", "E"), ("{}", nil), ("{\"id\":\"\"}", nil), ("{\"id\":7}", nil),
            ("null", nil), ("7", nil), ("\"text\"", nil), ("[]", nil), ("{\"id\":\"E\"", nil),
            ("{\"id\":\"E\",}x", nil),
        ] as [(String, String?)])
    func malformed(text: String, id: String?) throws {
        guard case .malformed(let found, let reason) = item(text) else { throw TestFailure("it was read") }
        #expect(found == id.map { EventID($0) })
        #expect(!reason.isEmpty)
    }

    @Test("text with half a surrogate pair or invalid UTF-8 is repaired, not lost (S64)")
    func strangeText() throws {
        #expect(try event("\"subject\":\"cut \\ud83d\"").title == "cut \u{FFFD}")
        #expect(try event("\"subject\":\"\\udc00 low, \\ud83d\\ude00 whole\"").title == "\u{FFFD} low, 😀 whole")
        #expect(try event("\"subject\":\"\\\\ud83d is no escape\"").title == "\\ud83d is no escape")
        #expect(try event("\"subject\":\"a\\u0000b \\u202e\"").title == "a\u{0}b \u{202E}")
        let long = String(repeating: "ä", count: 10_000)
        #expect(try event("\"subject\":\"\(long)\"").title == long)
        var bytes = Array("{\"id\":\"E\",\"subject\":\"x?y\",\"start\":\(at("10:00")),\"end\":\(at("11:00"))}".utf8)
        bytes[bytes.firstIndex(of: UInt8(ascii: "?")) ?? 0] = 0xFF
        guard case .event(let event) = bytes.withUnsafeBytes({ RemoteItem(json: $0) }) else {
            throw TestFailure("no event")
        }
        #expect(event.title == "x\u{FFFD}y")
    }

    @Test("ids that differ in case only are two (S35)")
    func idCase() {
        #expect(item("{\"id\":\"aB\",\"@removed\":{}}") != item("{\"id\":\"ab\",\"@removed\":{}}"))
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

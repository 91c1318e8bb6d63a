// Goal: a path that two readers might read differently is refused. Method: texts in, segments or a refusal out.
import Testing

@testable import FleetGateway

@Suite("Request targets")
struct RequestTargetTests {
    @Test("a path is split and decoded, a slash inside a segment stays inside")
    func decodes() throws {
        let target = try RequestTarget("/calendars/outlook/AAMk%2FAA%3D%3D/events?from=a%20b&x=1+2")
        #expect(target.segments == ["calendars", "outlook", "AAMk/AA==", "events"])
        #expect(try target.query.value("from") == "a b")
        #expect(try target.query.value("x") == "1+2")
        #expect(target.query.formValue("x") == "1 2")
        #expect(try RequestTarget("/").segments == [])
    }

    @Test(
        "tricks with paths are refused",
        arguments: [
            "", "calendars", "http://other/calendars", "/a/../b", "/a/%2e%2e/b", "/a/./b", "/a/%00", "/a/%0d%0aX: y",
            "/a/%zz", "/a/%c0%af", "/a b", "/\u{7f}",
        ])
    func refuses(path: String) {
        #expect(throws: Problem.self) { try RequestTarget(path) }
    }

    @Test("a parameter given twice, a bad escape in its value and a long query are refused")
    func queries() throws {
        #expect(throws: Problem.self) { try RequestTarget("/a?x=1&x=2") }
        #expect(throws: Problem.self) { try RequestTarget("/a?x=%0a").query.value("x") }
        #expect(throws: Problem.self) { try RequestTarget("/a?x=" + String(repeating: "y", count: 9000)) }
    }
}

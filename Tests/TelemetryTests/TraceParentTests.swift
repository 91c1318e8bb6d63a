import Telemetry
import Testing

@Suite("TraceParent")
struct TraceParentTests {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a traceparent comes out as it went in")
    func roundTrip() throws {
        let parsed = try #require(TraceParent(Self.good))
        #expect(parsed.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(parsed.parentID == "00f067aa0ba902b7")
        #expect(parsed.isSampled)
        #expect(parsed.description == Self.good)
    }

    @Test("a later version is read by the rules of the first")
    func laterVersion() throws {
        let text = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-ever"
        let parsed = try #require(TraceParent(text))
        #expect(!parsed.isSampled)
        #expect(parsed.description == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
    }

    @Test(
        "what is malformed is nothing",
        arguments: [
            "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n", "é0-4bf92f3577b34da6a3ce929d0e0e4736-x-01",
        ])
    func malformed(text: String) {
        #expect(TraceParent(text) == nil)
    }

    @Test("a child stays in the trace under a span of its own")
    func child() throws {
        let parent = try #require(TraceParent(Self.good))
        let child = parent.child()
        #expect(child.traceID == parent.traceID)
        #expect(child.parentID != parent.parentID)
        #expect(TraceParent(child.description) == child)
    }
}

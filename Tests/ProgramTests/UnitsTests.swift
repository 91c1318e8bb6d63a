// Goal: values as people write them.
import FleetCore
import FleetStore
import Testing

@testable import outlook_fleet

@Suite("Units, tables, payloads")
struct UnitsTests {
    @Test(
        "durations read and write",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("10m", .seconds(600)),
            ("1h", .seconds(3600)),
        ])
    func durations(text: String, duration: Duration) {
        #expect(Units.duration(text) == duration)
        #expect(Units.text(duration) == text)
    }

    @Test(
        "a duration has a whole number and a unit",
        arguments: [
            "", "30", "s", "-5s", "+5s", "1.5s", "5 s", "5S", "5sec", "9223372036854775807h", "٣s", "0x5s",
        ])
    func noDurations(text: String) {
        #expect(Units.duration(text) == nil)
    }

    @Test(
        "a rate is a count over a duration",
        arguments: [
            ("600/60s", Rate(count: 600, window: .seconds(60))), ("1/1h", Rate(count: 1, window: .seconds(3600))),
        ])
    func rates(text: String, rate: Rate) {
        #expect(Units.rate(text) == rate)
    }

    @Test("what is no rate is none", arguments: ["600", "600/", "/60s", "600/60", "6e2/60s", "600/60s/1s", "-1/60s"])
    func noRates(text: String) {
        #expect(Units.rate(text) == nil)
    }

    @Test("an endpoint is a host and a port")
    func endpoints() {
        #expect(Endpoint("[::1]:9464")?.host == "::1")
        #expect(Endpoint("0.0.0.0:0")?.port == 0)
        for text in ["", "9464", ":9464", "host:", "host:65536", "::1:80", "host:-1", "host:8x"] {
            #expect(Endpoint(text) == nil, "\(text)")
        }
    }

    @Test("a table's columns stand below each other, and no cell moves the cursor")
    func table() {
        var table = Table("ID", "TITLE", "N")
        table.add("a", "Long title", "1")
        table.add("bcd", "\u{1b}[2J", nil)
        #expect(
            table.text == """
                ID   TITLE       N
                a    Long title  1
                bcd  \\u{1b}[2J   -

                """)
    }

    @Test("a payload gets the id and the kind that it lacks, and keeps its bytes")
    func completes() throws {
        let payload = Array("{ \"tenant_id\" : \"acme\",\"resource_id\":\"r\"}".utf8)
        let checked = try Enqueuing.checked(payload, kind: .sync)
        let text = String(decoding: checked.bytes, as: UTF8.self)
        #expect(
            text == "{\"id\":\"\(checked.id)\",\"kind\":\"sync\", \"tenant_id\" : \"acme\",\"resource_id\":\"r\"}")
        let whole = Array("{\"kind\":\"sync\",\"id\":\"x\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}".utf8)
        #expect(try Enqueuing.checked(whole, kind: nil).bytes == whole)
    }

    @Test("a payload that a worker would reject is refused before it is pushed")
    func refuses() {
        #expect(throws: ProgramError.self) { try Enqueuing.checked(Array("{}".utf8), kind: .sync) }
        #expect(throws: ProgramError.self) { try Enqueuing.checked(Array("nonsense".utf8), kind: nil) }
    }

    @Test("a stream's entry prints as one line of JSON, numbers and objects as such")
    func entries() {
        let entry = StreamEntry(
            id: "5-1",
            fields: [
                .init(name: "v", value: "1"), .init(name: "type", value: "sync.failed"),
                .init(name: "attempts", value: "2"),
                .init(name: "data", value: "{\"a\":[1]}"), .init(name: "error", value: "no JSON"),
                .init(name: "job_id", value: "7"),
            ])
        #expect(
            entry.json
                == #"{"entry_id":"5-1","v":1,"type":"sync.failed","attempts":2,"data":{"a":[1]},"error":"no JSON","#
                + #""job_id":"7"}"#)
    }
}

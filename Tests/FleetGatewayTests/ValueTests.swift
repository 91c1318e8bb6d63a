// Goal: the gateway's small decisions. Method: values in, values out.
import FleetCore
import FleetStore
import Foundation
import HTTPTypes
import Telemetry
import Testing

@testable import FleetGateway

@Suite("Gateway: values")
struct ValueTests {
    private func day(_ hour: Double) -> Date { Date(timeIntervalSince1970: hour * 3600) }

    @Test("busy times that touch or overlap are one, those without length are none")
    func busy() {
        let merged = BusyTimes.merged([
            (day(5), day(6)), (day(1), day(2)), (day(2), day(3)), (day(1.5), day(1.7)), (day(4), day(4)),
        ])
        #expect(merged.map(\.start) == [day(1), day(5)])
        #expect(merged.map(\.end) == [day(3), day(6)])
    }

    @Test(
        "Prefer is read as RFC 7240 has it, and capped",
        arguments: [
            ("wait=5", 5, "wait=5"), ("respond-async", 0, "respond-async"), ("handling=lenient, wait=7", 7, "wait=7"),
            ("wait=100000", 60, "wait=60"), ("wait = \"3\"; x=y", 3, "wait=3"), ("Wait=4,\twait=9", 4, "wait=4"),
            ("respond-async, wait=5", 5, "respond-async, wait=5"),
            ("wait=5, respond-async", 5, "respond-async, wait=5"),
            ("wait=-1", nil, ""), ("wait=+1", nil, ""), ("wait=abc", nil, ""), ("wait", nil, ""), (";", nil, ""),
            ("", nil, ""), ("wait=99999999999999999999", nil, ""),
        ] as [(String, Int?, String)])
    func prefer(header: String, seconds: Int?, applied: String) throws {
        let name = try #require(HTTPField.Name("Prefer"))
        let preference = Preference([name: header], longest: .seconds(60))
        #expect(preference?.wait == seconds.map { .seconds($0) })
        #expect(preference?.applied ?? "" == applied)
    }

    @Test(
        "If-None-Match takes lists, weak tags and the star",
        arguments: [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false)])
    func tags(header: String, fits: Bool) {
        #expect(EntityTag.matches(header, "\"a\"") == fits)
    }

    @Test("a keys file takes plain and hashed lines, several of a tenant, and finds who comes")
    func keys() throws {
        let (line, key) = TenantKeys.newLine(for: TenantID("lingua"), hashed: true)
        let keys = try TenantKeys(text: "# ours\n\nacme:plain-key-0123456789\n\(line)\n", path: "f")
        #expect(keys.tenant(of: Secret("plain-key-0123456789")) == TenantID("acme"))
        #expect(keys.tenant(of: key) == TenantID("lingua"))
        #expect(keys.tenant(of: Secret("plain-key-012345678")) == nil)
        #expect(keys.count == 2 && "\(keys)" == "***")
    }

    @Test(
        "a line that is wrong is named, never quoted",
        arguments: [
            "acme", "acme:short", "a b:plain-key-0123456789", "acme:sha256:12", "acme:has a space in it-0123", "",
        ])
    func badKeys(line: String) {
        let fault = #expect(throws: GatewayFault.self) {
            try TenantKeys(text: line, path: "tenant.keys")
        }
        #expect(fault?.description.contains("tenant.keys") == true)
        #expect(line.isEmpty || fault?.description.contains(line) == false)
    }

    @Test("one key of two tenants is refused")
    func sharedKey() {
        #expect(throws: GatewayFault.self) {
            try TenantKeys(text: "a:plain-key-0123456789\nb:plain-key-0123456789", path: "f")
        }
    }

    @Test("every code of the contract has its status")
    func statuses() {
        let expected: [ErrorCode: Int] = [
            .invalidJob: 400, .payloadTooLarge: 413, .notConnected: 404, .ambiguousCalendar: 409,
            .calendarNotFound: 404, .mailboxUnavailable: 502, .accessDenied: 403, .reconnectRequired: 409,
            .graphUnavailable: 503, .throttled: 429, .expired: 410, .cancelled: 409, .attemptsExhausted: 500,
            .internal: 500,
        ]
        for code in ErrorCode.allCases { #expect(Problem.status(of: code) == expected[code], "\(code)") }
    }
}

@Suite("Gateway: prints of calls")
struct CallPrintTests {
    private func print(_ body: String, _ members: [(StaticString, String)] = [], kind: JobKind = .sync) throws -> String
    {
        CallPrint.of(kind, members, try StrictJSON.parse(body).objectValue)
    }

    @Test("the same wish has the same print, whatever the order of its members and whoever traces it")
    func same() throws {
        let one = try print("{\"a\":{\"x\":1,\"y\":[{\"p\":1,\"q\":2}]},\"b\":\"t\"}")
        let turned = try print("{\"b\":\"t\",\"traceparent\":\"00-1\",\"a\":{\"y\":[{\"q\":2,\"p\":1}],\"x\":1}}")
        #expect(one == turned)
        #expect(one.utf8.count == 22)
        let named = try print("{\"resource_id\":\"r\"}", [("resource_id", "r")])
        #expect(try print("{}", [("resource_id", "r")]) == named)
    }

    @Test("another wish has another print")
    func other() throws {
        let prints = try [
            print("{}"), print("{\"a\":1}"), print("{\"a\":\"1\"}"), print("{\"a\":[1,2]}"), print("{\"a\":[2,1]}"),
            print("{\"a\":null}"), print("{}", kind: .disconnect), print("{}", [("resource_id", "r")]),
            print("{}", [("calendar_id", "r")]),
        ]
        #expect(Set(prints).count == prints.count)
    }
}

@Suite("Gateway: states of consents")
struct ConsentStateTests {
    private let now = Date(timeIntervalSince1970: 1_780_000_000)

    private func state(_ sealer: Sealer, directory: String? = nil) throws -> (made: ConsentState, opened: ConsentState)
    {
        let made = ConsentState(
            tenant: TenantID("acme"), resource: ResourceID("room-1"), calendar: nil, mailbox: nil, frequency: "PT5M",
            directory: directory, now: now)
        return (made, try #require(ConsentState(made.sealed(sealer), sealer)))
    }

    @Test("a state comes back as it was made, and is over ten minutes later, not a second before")
    func expiry() throws {
        let sealer = Sealer(try SealingKeys(text: SealingKeys.newLine() + "\n"))
        for directory in [nil, "acme.example"] {
            let (made, opened) = try state(sealer, directory: directory)
            #expect(opened == made)
            #expect(!opened.isOver(at: now) && !opened.isOver(at: now + 599))
            #expect(opened.isOver(at: now + 600))
        }
        #expect(try state(sealer).made.nonce != state(sealer).made.nonce)
    }

    @Test("a state that others sealed, for a consent or for something else, isn't one")
    func foreign() throws {
        let ours = Sealer(try SealingKeys(text: SealingKeys.newLine() + "\n"))
        let theirs = Sealer(try SealingKeys(text: SealingKeys.newLine() + "\n"))
        let (made, _) = try state(ours)
        #expect(ConsentState(made.sealed(theirs), ours) == nil)
        #expect(ConsentState(ours.seal(Array("{}".utf8), .consent, id: "state"), ours) == nil)
        #expect(ConsentState(ours.seal(Array("{}".utf8), .job, id: "state"), ours) == nil)
        #expect(ConsentState(made.sealed(ours) + "A", ours) == nil)
    }
}

@Suite("Gateway: who may, and how many")
struct LimitTests {
    @Test(
        "a proxy's word for an address counts, its last one; a stranger's doesn't",
        arguments: [
            ("127.0.0.1", "203.0.113.7", "203.0.113.7"), ("10.1.2.3", "evil, 198.51.100.9", "198.51.100.9"),
            ("::1", "2001:db8::1", "2001:db8::1"), ("::ffff:172.20.0.2", "203.0.113.7", "203.0.113.7"),
            ("203.0.113.1", "198.51.100.9", "203.0.113.1"), ("127.0.0.1", nil, "127.0.0.1"),
            ("127.0.0.1", "<script>", "127.0.0.1"), ("172.32.0.1", "203.0.113.7", "172.32.0.1"),
            ("fd00::5", "203.0.113.7", "203.0.113.7"), ("2001:db8::9", "203.0.113.7", "2001:db8::9"),
        ] as [(String, String?, String)])
    func address(peer: String, header: String?, address: String) throws {
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        let headers: HTTPFields = header.map { [name: $0] } ?? [:]
        #expect(ClientAddress.of(peer, headers) == address)
    }

    @Test(
        "a tenant beyond its number is refused with 429, everybody beyond theirs with 503, and places come free again")
    func limits() async throws {
        let limits = RequestLimits(most: 2, mostOfTenant: 1)
        let (acme, lingua) = (TenantID("acme"), TenantID("lingua"))
        func refusal(_ body: () async throws -> Void) async -> Int? {
            do { try await body() } catch { return (error as? Problem)?.status }
            return nil
        }
        for _ in 0..<2 {
            try await limits.run {
                try await limits.run(of: acme) {
                    #expect(await refusal { try await limits.run(of: acme) {} } == 429)
                    #expect(await refusal { try await limits.run(of: lingua) {} } == nil)
                    try await limits.run { #expect(await refusal { try await limits.run {} } == 503) }
                }
            }
        }
        #expect(limits.current == 0)
    }
}

import FleetCore
import Foundation
import GraphSimulator
import Testing

// Goal: one refresh whoever asks, what it brings is kept, and a consent dies once.
@Suite("Tokens", .timeLimit(.minutes(1))) struct TokenTests {
    private static let mailbox = "room@example.com"

    private func connected(
        options: SimulatorOptions = SimulatorOptions(), _ body: @escaping @Sendable (Fleet) async throws -> Void
    ) async throws {
        try await Fleet.withWorker(options: options) { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            try await body(fleet)
        }
    }

    @Test("S06 a token that dies in mid-round: one refresh, the same page again")
    func midRound() async throws {
        try await connected { fleet in
            for number in 0..<50 { try fleet.graph.addEvent(Self.mailbox, "N\(number)", hours: Double(30 + number)) }
            try fleet.graph.limitPages(10)
            try fleet.graph.fault("skiptoken", after: 1, ["expireToken": true])
            let entry = try await fleet.sync("r")
            #expect(entry.data.int("created") == 50)
            #expect(entry["attempts"] == "1")
            #expect(try fleet.graph.refreshes() == 1)
        }
    }

    @Test("S07 S08 the newest refresh token is kept, and the old one where none came", arguments: ["strict", "keep"])
    func rotation(mode: String) async throws {
        try await connected { fleet in
            try fleet.graph.control("PATCH", "/settings", ["rotation": .string(mode)])
            for round in 1...4 {
                try fleet.graph.expireTokens()
                #expect(try await fleet.sync("r").type == "sync.succeeded")
                #expect(try fleet.graph.refreshes() == round)
            }
        }
    }

    @Test("S09 a revoked consent is said once, no call is made any more, and a new connect brings it back")
    func revoked() async throws {
        try await connected { fleet in
            try fleet.graph.revoke(Self.mailbox)
            for _ in 0..<3 {
                let entry = try await fleet.sync("r")
                #expect(entry.code == "reconnect_required")
                #expect(entry.error.bool("retryable") == false)
            }
            #expect(try fleet.graph.refreshes() == 1)
            #expect(
                try await fleet.changes.map(\.type) == ["calendar.connected", "calendar.reconnect_required"])
            #expect(try await fleet.connection("r")?.nextSyncAt == nil)
            #expect(try await fleet.allKeys().contains("due") == false)
            try fleet.graph.control("POST", "/consent", ["mailbox": .string(Self.mailbox), "refusal": nil])
            try fleet.graph.addEvent(Self.mailbox, "Meanwhile", hours: 5)
            try await fleet.connect("r", to: Self.mailbox)
            #expect(try await fleet.titles("r") == ["Meanwhile", "One"])
            #expect(
                try await fleet.changes.dropFirst(2).map(\.type) == ["event.created", "calendar.connected"])
        }
    }

    @Test("S10 a token server in trouble is waited for, never reconnect_required")
    func serverDown() async throws {
        try await connected { fleet in
            try fleet.graph.expireTokens()
            try fleet.graph.fault("oauth2", times: 2, ["status": 503])
            let entry = try await fleet.sync("r")
            #expect(entry.type == "sync.succeeded")
            #expect(try await fleet.changes.count == 1)
        }
    }

    @Test("S11 fresh tokens that Graph refuses: at most two refreshes, then reconnect_required")
    func stillRefused() async throws {
        try await connected { fleet in
            try fleet.graph.fault("v1.0", times: 0, ["status": 401])
            #expect(try await fleet.sync("r").code == "reconnect_required")
            #expect(try fleet.graph.refreshes() <= 2)
            let calls = try fleet.graph.requests().count
            #expect(try await fleet.sync("r").code == "reconnect_required")
            #expect(try fleet.graph.requests().count == calls)
        }
    }

    @Test("S12 a bare access token ends at its first 401, and nobody calls with it again")
    func bare() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            let token = try fleet.graph.accessToken(Self.mailbox)
            let entry = try await fleet.run(
                "c-1",
                "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\"oauth_token\":\"\(token)\"}")
            #expect(entry.type == "connect.succeeded")
            try fleet.graph.expireTokens()
            #expect(try await fleet.sync("r").code == "reconnect_required")
            let calls = try fleet.graph.requests().count
            #expect(try await fleet.sync("r").code == "reconnect_required")
            #expect(try fleet.graph.requests().count == calls)
            #expect(try fleet.graph.refreshes() == 0)
        }
    }

    @Test("S18 many jobs in the second a token ends: one refresh")
    func concurrent() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.control("PATCH", "/settings", ["mailboxConcurrency": 100])
            // One consent for all: the credential is shared.
            let tokens = try fleet.graph.tokens(Self.mailbox)
            for number in 0..<20 {
                try await fleet.push(
                    "{\"kind\":\"connect\",\"id\":\"c-\(number)\",\"tenant_id\":\"acme\","
                        + "\"resource_id\":\"r\(number)\","
                        + "\"oauth_token\":\(tokens)}")
            }
            for number in 0..<20 { #expect(try await fleet.result("c-\(number)").type == "connect.succeeded") }
            try fleet.graph.expireTokens()
            for number in 0..<20 {
                try await fleet.push(
                    "{\"kind\":\"sync\",\"id\":\"s-\(number)\",\"tenant_id\":\"acme\",\"resource_id\":\"r\(number)\"}")
            }
            for number in 0..<20 { #expect(try await fleet.result("s-\(number)").type == "sync.succeeded") }
            #expect(try fleet.graph.refreshes() == 1)
            #expect(try await fleet.allKeys().count { $0.hasPrefix("cred:") } == 1)
        }
    }

    @Test("an expired client secret is the operator's: tried again, said in the log, no connection is blamed")
    func operatorError() async throws {
        try await connected { fleet in
            try fleet.graph.expireTokens()
            try fleet.graph.control(
                "PATCH", "/apps", ["id": .string(SimulatorOptions.defaultClientID), "expired": true])
            let entry = try await fleet.sync("r", more: ",\"max_attempts\":2")
            #expect(entry.code == "graph_unavailable")
            #expect(try await fleet.connection("r")?.state == .active)
            #expect(try await fleet.changes.count == 1)
            #expect(fleet.logs.count(containing: "refuses the fleet's own registration") >= 1)
            try fleet.graph.control(
                "PATCH", "/apps", ["id": .string(SimulatorOptions.defaultClientID), "expired": false])
            #expect(try await fleet.sync("r").type == "sync.succeeded")
        }
    }

    @Test("no token shows in results, changes, or logs, nor rests unsealed in Redis")
    func secret() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            let tokens = try fleet.graph.tokens(Self.mailbox)
            let secrets = tokens.split(separator: "\"").map(String.init).filter { $0.count > 30 }
            #expect(secrets.count == 2)
            _ = try await fleet.run(
                "c-1",
                "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\"oauth_token\":\(tokens)}")
            let everything = try await fleet.dump() + fleet.logs.all.joined(separator: "\n")
            for secret in secrets { #expect(!everything.contains(secret)) }
        }
    }
}

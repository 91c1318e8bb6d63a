import Testing

extension Scenarios {
    @Suite("tokens")
    struct Tokens {
        @Test("S06 a token that dies in the middle: one refresh, the same page again, nothing lost or doubled")
        func diesInTheMiddle() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try fleet.simulator.limitPages(to: 10)
                for number in 0..<65 {
                    try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(1, hour: number)))
                }
                try await link.connect()
                let mark = try fleet.changesMark()
                let refreshes = try fleet.simulator.tokenRequests().count
                let before = try fleet.simulator.graphRequests().count
                try fleet.simulator.add(.expiringToken(on: Fault.delta, skip: 2, times: 1))
                try await link.sync(["full": true])
                let pages = try fleet.simulator.graphRequests().dropFirst(before).filter(\.isDelta)
                #expect(try fleet.simulator.tokenRequests().count == refreshes + 1)
                #expect(pages.count >= 8 && pages[2].status == 401)
                #expect(pages[2].target == pages[3].target, "the same page is asked for again")
                #expect(Set(pages.map(\.target)).count == pages.count - 1)
                #expect(try link.changes(since: mark).allSatisfy { $0.type == "calendar.resynced" })
                try await link.settle()
            }
        }

        @Test("S07 the rotated refresh token is kept: four refreshes, hours apart, on different workers")
        func rotation() async throws {
            try await Fleet.run { fleet in
                try fleet.simulator.refuseOldRefreshTokens()
                let link = try fleet.link()
                try await link.connect()
                for round in 1...4 {
                    try fleet.simulator.advanceClock(hours: 2)
                    try await fleet.workers[round - 1].kill()
                    try await fleet.startWorker()
                    try link.mailbox.create(GraphEvent.timed("Round \(round)", fleet.day(round)))
                    try await link.sync()
                }
                let refreshes = try fleet.simulator.tokenRequests()
                #expect(refreshes.count >= 4 && refreshes.allSatisfy { $0.status == 200 })
                try await link.settle()
            }
        }

        @Test("S08 a refresh answer without a refresh token leaves the old one in use")
        func noNewRefreshToken() async throws {
            try await Fleet.run { fleet in
                try fleet.simulator.omitRefreshTokens()
                let link = try fleet.link()
                try await link.connect()
                for _ in 0..<3 {
                    try link.mailbox.expireAccessTokens()
                    try await link.sync()
                }
                #expect(try fleet.simulator.tokenRequests().filter { $0.status == 200 }.count >= 3)
                try await link.settle()
            }
        }

        @Test("S09 a revoked consent is final: said once, no call to the token server until a new connect")
        func revoked() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                try link.mailbox.create(GraphEvent.timed("Before", fleet.day(1)))
                try await link.connect()
                try link.mailbox.revokeConsent()
                for _ in 0..<5 {
                    let entry = try await link.trySync()
                    #expect(entry.type == "sync.failed" && entry.code == "reconnect_required")
                    #expect(entry.error["retryable"].bool == false)
                }
                #expect(try link.changes().filter { $0.type == "calendar.reconnect_required" }.count == 1)
                #expect(try fleet.simulator.tokenRequests().count == 1)

                try link.mailbox.create(GraphEvent.timed("Meanwhile", fleet.day(2)))
                let mark = try fleet.changesMark()
                link.token = try fleet.consent(of: link.mailbox).token
                try await link.connect()
                try await link.sync()
                let changes = try link.changes(since: mark)
                #expect(changes.filter { $0.type == "calendar.connected" }.count == 1)
                let events = changes.filter { $0.type.hasPrefix("event.") }
                #expect(Set(events.compactMap { $0["event_id"] }).count == events.count, "no duplicate: \(events)")
                #expect(try link.mirror().count == 2)
                try await link.settle()
            }
        }

        @Test(
            "S10 a token server that is down is waited for, never taken for a revoked consent",
            arguments: [true, false])
        func tokenServerDown(answers: Bool) async throws {
            try await Fleet.run(.init(workerFlags: ["--request-timeout", "500ms"])) { fleet in
                let link = try fleet.link()
                try await link.connect()
                try link.mailbox.expireAccessTokens()
                try link.mailbox.create(GraphEvent.timed("Waits", fleet.day(1)))
                try fleet.simulator.add(
                    answers
                        ? .status(503, on: Fault.token, times: 3)
                        : .delay(milliseconds: 3000, on: Fault.token, times: 2))
                let entry = try await link.sync()
                #expect((entry["attempts"].flatMap { Int($0) } ?? 0) >= 2)
                #expect(try !link.changes().contains { $0.type == "calendar.reconnect_required" })
                try await link.settle()
            }
        }

        @Test("S11 a fresh token that is refused still: two refreshes at most, then reconnect_required")
        func freshTokenRefused() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                try await link.connect()
                try fleet.simulator.add(.status(401, "InvalidAuthenticationToken", on: Fault.graph))
                let entry = try await link.trySync()
                #expect(entry.type == "sync.failed" && entry.code == "reconnect_required")
                #expect(try fleet.simulator.tokenRequests().count <= 2)
                #expect(try link.changes().filter { $0.type == "calendar.reconnect_required" }.count == 1)
                try fleet.simulator.clearFaults()
                link.token = try fleet.consent(of: link.mailbox).token
                try await link.connect()
                try await link.settle()
            }
        }

        @Test(
            "S18 40 jobs of a mailbox in the second its token ends, over three workers: the token server is called once"
        )
        func atExpiry() async throws {
            try await Fleet.run(.init(workers: 3)) { fleet in
                let first = try fleet.link()
                let links = (0..<40).map { number in
                    var link = first
                    link.resource = "room-\(number)"
                    return link
                }
                let connects = try links.map { try fleet.push($0.payload) }
                for id in connects { #expect(try await fleet.result(of: id).type == "connect.succeeded") }
                try first.mailbox.expireAccessTokens()
                let before = try fleet.simulator.tokenRequests().count
                let syncs = try links.map { try $0.pushSync() }
                for id in syncs { #expect(try await fleet.result(of: id).type == "sync.succeeded") }
                #expect(try fleet.simulator.tokenRequests().count == before + 1)
                try fleet.expectNoSecretAnywhere()
            }
        }

        @Test("S12 a bare access token ends with its first 401, and is not used again")
        func bareToken() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                link.token = link.token["access_token"]
                try await link.connect()
                try await link.settle()
                try link.mailbox.expireAccessTokens()
                let before = try fleet.simulator.requests().count
                for _ in 0..<3 {
                    let entry = try await link.trySync()
                    #expect(entry.type == "sync.failed" && entry.code == "reconnect_required")
                }
                #expect(try fleet.simulator.requests().count == before + 1)
                #expect(try fleet.simulator.tokenRequests().isEmpty)
                #expect(try link.changes().filter { $0.type == "calendar.reconnect_required" }.count == 1)
                try fleet.expectNoSecretAnywhere()
            }
        }
    }
}

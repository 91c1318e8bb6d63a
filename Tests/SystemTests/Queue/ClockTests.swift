// Goal: a worker's own clock decides nothing. Method: a worker whose clock is an hour ahead, and one whose clock is an
// hour behind (libfaketime, the monotonic clock left alone, as on a machine that was set wrongly): everything that has
// to do with time happens when it should, and what it tells is Redis's time.
import Foundation
import TestSupport
import Testing

@Suite("A worker's clock that is an hour off", .serialized)
struct ClockTests {
    private static let library = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map {
        "/usr/lib/\($0)/faketime/libfaketimeMT.so.1"
    }.first { FileManager.default.fileExists(atPath: $0) }

    private static func clock(_ offset: String) -> [String: String] {
        ["LD_PRELOAD": library ?? "", "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"]
    }

    /// The seconds from Redis's clock to a field of an entry.
    private func age(_ entry: StreamEntry, _ field: String) throws -> TimeInterval {
        Date().timeIntervalSince(try #require(Instant.read(entry[field] ?? ""), "\(field) of \(entry)"))
    }

    @Test(
        "nothing begins early or late, leases hold, and times are Redis's",
        .enabled(if: ClockTests.library != nil, "needs libfaketime: scripts/setup --tests installs it"),
        arguments: ["+1h", "-1h"])
    func hourOff(offset: String) async throws {
        try await Fleet.run(.init(workers: 0)) { fleet in
            let worker = try await fleet.startWorker(environment: Self.clock(offset))
            // What the library shares between processes outlives them.
            defer {
                for name in ["faketime_shm_", "sem.faketime_sem_"] { unlink("/dev/shm/\(name)\(worker.pid)") }
            }
            let logged = try #require(worker.log.first { $0.contains("worker started") }.flatMap { JSON(text: $0) })
            let off = try #require(Instant.read(logged["time"].string ?? "")).timeIntervalSinceNow
            try #require(abs(off) > 3500 && abs(off) < 3700, "its clock is really off: \(off)")
            let link = try fleet.link()
            let connected = try await link.connect()
            let next = try #require(Instant.read(connected.data["next_sync_at"].string ?? ""))
            #expect((60...700).contains(next.timeIntervalSinceNow), "\(next)")

            // Tokens aren't taken for dead, nor kept beyond their end.
            let refreshes = try Self.refreshes(fleet.simulator)
            let synced = try await link.sync()
            for field in ["enqueued_at", "started_at", "finished_at"] {
                let age = try age(synced, field)
                #expect(abs(age) < 10, "\(field) of \(synced)")
            }
            #expect(try Self.refreshes(fleet.simulator) == refreshes)

            try await notBefore(link)
            try await expiry(link)
            try await retryAfter(link)
            try await leases(link, beside: worker)
            try await link.settle()
        }
    }

    private func notBefore(_ link: Link) async throws {
        let time = Date().addingTimeInterval(2)
        let job = try link.pushSync(["not_before": .string(Instant.write(time))])
        let entry = try await link.fleet.result(of: job, within: .seconds(20))
        let started = try #require(Instant.read(entry["started_at"] ?? ""))
        let earliest = try #require(Instant.read(Instant.write(time)))
        #expect(entry.type == "sync.succeeded" && started >= earliest)
    }

    private func expiry(_ link: Link) async throws {
        try await link.sync(["expires_at": .string(Instant.write(Date().addingTimeInterval(60)))])
        let late = try await link.trySync(["expires_at": .string(Instant.write(Date().addingTimeInterval(-60)))])
        #expect(late.type == "sync.failed" && late.code == "expired", "\(late)")
    }

    /// Graph's date of a Retry-After is read against Graph's own clock.
    private func retryAfter(_ link: Link) async throws {
        let simulator = link.fleet.simulator
        for form in ["date", "seconds"] {
            let end = Date().addingTimeInterval(2)
            let value = form == "date" ? HTTPDate.write(end) : "1"
            try simulator.add(
                Fault(path: Fault.delta, times: 1, effect: ["status": 429, "retryAfter": .string(value)]))
            let pushed = ContinuousClock.now
            let entry = try await link.fleet.result(of: try link.pushSync(), within: .seconds(20))
            let length = pushed.duration(to: .now)
            #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
            #expect(length >= .milliseconds(900), "\(form): \(length)")
        }
    }

    /// A run longer than two leases beside a worker whose clock is right: neither takes the other for dead.
    private func leases(_ link: Link, beside worker: Worker) async throws {
        let fleet = link.fleet
        let delay = try fleet.simulator.add(.delay(milliseconds: 4500, on: Fault.delta, times: 1))
        let job = try link.pushSync()
        try await fleet.simulator.awaitHit(of: delay)
        try await fleet.startWorker()
        let entry = try await fleet.result(of: job)
        #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
        #expect(!worker.log.contains { $0.contains("lease was lost") })
    }

    private static func refreshes(_ simulator: Simulator) throws -> Int {
        try simulator.control("GET", "log").elements.count { $0["path"].string?.contains("/oauth2/") == true }
    }
}

// Goal: a frame says what is the matter, and fits. Method: frames of made-up statuses, as text.
import FleetCore
import Foundation
import Testing

@testable import FleetStore
@testable import outlook_fleet

@Suite("Frames of top")
struct TopFrameTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func stream(_ length: Int, _ added: Int, groups: [GroupStatus] = []) -> StreamStatus {
        StreamStatus(length: length, added: added, first: nil, last: nil, groups: groups)
    }

    private func status(tenants: [TenantLoad] = [], added: Int = 0, at seconds: Double = 0) -> FleetStatus {
        let worker = WorkerStatus(
            name: "a-host-with-a-very-long-name.example.internal-12345-abcdefgh", deadline: now.addingTimeInterval(20),
            leases: 12,
            report: WorkerReport(
                version: "0.1.0", slots: 256, done: 9, jobsPerSecond: 1234.5, startedAt: now.addingTimeInterval(-7500)))
        let group = GroupStatus(
            name: "billing", consumers: 2, pending: 7, lastDelivered: "1-0", behind: .seconds(90), idle: .seconds(3))
        return FleetStatus(
            now: now.addingTimeInterval(seconds), ingress: [.general: 5], reading: 0, lanes: 20, ready: 3, running: 12,
            behind: 1_000_000, due: 7, held: 1, connections: 12, results: stream(5, added, groups: [group]),
            changes: stream(9, 0), dead: 4, newer: 0, workerCount: 1, workers: [worker], tenants: tenants,
            isSampled: false)
    }

    private func tenant(
        _ name: String, running: Int = 0, ready: Int = 0, reason: WaitReason? = nil, held: Double? = nil
    ) -> TenantLoad {
        TenantLoad(
            tenant: TenantID(name), running: running, ready: ready, parked: reason == nil ? 0 : 1,
            nextDue: reason == nil ? nil : now.addingTimeInterval(61), reason: reason,
            heldUntil: held.map { now.addingTimeInterval($0) }, waitingSince: nil)
    }

    @Test("it names why a tenant waits and until when, and how fast results come")
    func says() {
        let tenants = [
            tenant("acme", running: 12, ready: 3), tenant("globex", reason: .backoff), tenant("initech", held: 5000),
            tenant("forever", held: 8e9), tenant("umbrella", reason: .mailboxBudget),
        ]
        let frame = TopFrame(
            status: status(tenants: tenants, added: 500, at: 2), previous: status(), place: "outlook at here",
            width: 80,
            height: 30)
        let text = frame.lines.joined(separator: "\n")
        #expect(text.contains("waiting 1,000,008 · running 12 · parked 5 · dead 4"), "\(text)")
        #expect(text.contains("1,235 jobs/s · 250 results/s"), "\(text)")
        for pattern in [
            #/globex .*another try +in 59s/#, #/initech .*held back +in 1h 23m/#, #/forever .*held back +for good/#,
            #/umbrella .*a mailbox +in 59s/#, #/billing +results +2 +7 +1m 30s +3s ago/#, #/a-host.*… +12 +256/#,
        ] {
            #expect(text.contains(pattern), "\(text)")
        }
    }

    @Test("it fits whatever it shows", arguments: [(80, 24), (80, 60), (40, 12), (200, 50)])
    func fits(width: Int, height: Int) {
        let tenants = (0..<300).map { tenant("tenant-\($0)", running: $0 % 3, ready: 1_000_000, reason: .notBefore) }
        let frame = TopFrame(
            status: status(tenants: tenants), previous: nil, place: String(repeating: "x", count: 300), width: width,
            height: height)
        #expect(frame.lines.allSatisfy { $0.count <= width })
        #expect(frame.lines.count <= max(height, 17))
        #expect(frame.lines.contains { $0.hasPrefix("… ") })
    }

    @Test("numbers and times as people read them")
    func figures() {
        #expect(Figures.count(1_234_567) == "1,234,567" && Figures.count(-1000) == "-1,000" && Figures.count(0) == "0")
        #expect(Figures.rate(0.44) == "0.4" && Figures.rate(12.3) == "12" && Figures.rate(0) == "0")
        #expect(Figures.length(59.6) == "1m 0s" && Figures.length(90_061) == "1d 1h" && Figures.length(-5) == "0s")
    }

    @Test("a worker's report survives its rest in Redis, and one that isn't ours is passed over")
    func report() {
        let report = WorkerReport(version: "1", slots: 2, done: 3, jobsPerSecond: 4.25, startedAt: now)
        #expect(WorkerReport(encoded: report.encoded) == report)
        for text in ["", "{}", "nonsense", #"{"version":1}"#] { #expect(WorkerReport(encoded: text) == nil) }
    }
}

import FleetCore
import FleetStore

// What the queue promises, in the small and without Redis: lines of jobs, leases, what may be claimed and what a finish
// must answer. It says nothing about turns: which of the lanes that may run is claimed is the ring's business.

/// A reference model of the queue.
struct QueueModel {
    struct Pushed {
        var id: String
        var lane: String
        var isPlain: Bool
        var priority: JobPriority
        /// Its expires_at is over.
        var isOver = false
    }

    struct Job: Equatable {
        var id: String
        var isPlain: Bool
        var priority: JobPriority
        var attempts = 0
        var crashes = 0
        var deferrals = 0
        /// Known to the model alone: not compared with what a claim answers.
        var isOver = false

        static func == (left: Job, right: Job) -> Bool {
            left.id == right.id && left.isPlain == right.isPlain && left.priority == right.priority
                && left.attempts == right.attempts && left.crashes == right.crashes
                && left.deferrals == right.deferrals
        }
    }

    struct LeaseState: Equatable {
        var owner: String
        var fence: UInt64
        var riders: Int
    }

    struct Lane {
        var jobs: [Job] = []
        var lease: LeaseState?
        var isParked = false
        var lastFence: UInt64 = 0

        var mayRun: Bool { !jobs.isEmpty && lease == nil && !isParked }
        /// The letter of the highest priority that waits here.
        var standing: String {
            let priorities = Set(jobs.map(\.priority))
            return priorities.contains(.high) ? "h" : priorities.contains(.normal) ? "n" : "l"
        }
        /// Waiting plain jobs right behind the head.
        var rideable: Int { jobs.dropFirst().prefix { $0.isPlain }.count }
    }

    var lanes: [String: Lane] = [:]
    var seen: Set<String> = []
    /// Ids in the order in which their terminal entries must stand, per lane.
    var ended: [String: [String]] = [:]
    var duplicates: [String: Int] = [:]

    mutating func pushed(_ payload: Pushed) {
        guard seen.insert(payload.id).inserted else {
            duplicates[payload.id, default: 0] += 1
            return
        }
        lanes[payload.lane, default: Lane()].jobs.append(
            Job(id: payload.id, isPlain: payload.isPlain, priority: payload.priority, isOver: payload.isOver))
    }

    /// nil if the claim is right; else what is wrong with it.
    mutating func claimed(_ name: String, owner: String, fence: UInt64, head: Job, riders: [String]) -> String? {
        guard var lane = lanes[name] else { return "claimed a lane that has no job" }
        guard lane.mayRun else { return "claimed a lane that may not run: \(lane)" }
        guard lane.jobs[0] == head else { return "head is \(head), not \(lane.jobs[0])" }
        guard fence > lane.lastFence else { return "fence \(fence) is not above \(lane.lastFence)" }
        let expected = lane.jobs.dropFirst().prefix(lane.rideable).map(\.id)
        guard riders == Array(expected.prefix(64)) else { return "riders are \(riders), not \(expected)" }
        lane.lease = LeaseState(owner: owner, fence: fence, riders: riders.count)
        lane.lastFence = fence
        lanes[name] = lane
        return nil
    }

    func holds(_ name: String, owner: String, fence: UInt64) -> Bool {
        lanes[name]?.lease.map { $0.owner == owner && $0.fence == fence } ?? false
    }

    /// The head and `riders` of its riders end.
    mutating func finished(_ name: String, riders: Int) {
        guard var lane = lanes[name] else { return }
        ended[name, default: []] += lane.jobs.prefix(1 + riders).map(\.id)
        lane.jobs.removeFirst(1 + riders)
        lane.lease = nil
        lanes[name] = lane
    }

    mutating func parked(_ name: String, _ reason: ParkReason) {
        lanes[name]?.lease = nil
        lanes[name]?.isParked = true
        switch reason {
        case .backoff: lanes[name]?.jobs[0].attempts += 1
        case .overrun:
            lanes[name]?.jobs[0].attempts += 1
            lanes[name]?.jobs[0].crashes += 1
        case .tenantBudget, .mailboxBudget, .other: lanes[name]?.jobs[0].deferrals += 1
        }
    }

    mutating func becameDue(_ name: String) { lanes[name]?.isParked = false }

    mutating func returned(_ name: String, crashed: Bool) {
        lanes[name]?.lease = nil
        guard crashed else { return }
        lanes[name]?.jobs[0].attempts += 1
        lanes[name]?.jobs[0].crashes += 1
    }

    /// True if the job waits where it can be cancelled: then it is gone.
    mutating func cancelled(_ id: String, lane name: String) -> Bool {
        guard var lane = lanes[name], let index = lane.jobs.firstIndex(where: { $0.id == id }) else { return false }
        if let lease = lane.lease, index <= lease.riders { return false }
        lane.jobs.remove(at: index)
        if index == 0 { lane.isParked = false }
        lanes[name] = lane
        return true
    }

    /// What a sweep ends: jobs that are over behind what runs, and heads of lines that are parked.
    mutating func expired() -> Set<String> {
        var ended: Set<String> = []
        for (name, lane) in lanes {
            let first = lane.lease.map { $0.riders + 1 } ?? (lane.isParked ? 0 : 1)
            let over = lane.jobs.dropFirst(first).filter(\.isOver).map(\.id)
            for id in over where cancelled(id, lane: name) { ended.insert(id) }
        }
        return ended
    }

    func leases(of owner: String) -> [String] {
        lanes.filter { $0.value.lease?.owner == owner }.map(\.key)
    }

    var waiting: Int { lanes.values.reduce(0) { $0 + $1.jobs.count } }
}

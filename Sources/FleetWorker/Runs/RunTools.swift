import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Reactor
import Synchronization
import Telemetry

/// What runs share besides the worker's tools.
struct RunTools: Sendable {
    let worker: WorkerTools
    let graph: GraphClient
    let admission: any CallAdmission
    /// nil where `admission` is another one.
    let budgets: BudgetGate?
    let tokens: TokenKeeper
    let vault: TokenVault
    let schedule: SyncSchedule
    let judge: FailureJudge
    let realtime: Realtime

    var staging: Staging { Staging(worker.store) }
    var mirror: MirrorReader { MirrorReader(worker.store) }
    var bookings: BookingReader { BookingReader(worker.store) }
    var commits: RunCommit { RunCommit(worker.store) }
    var now: Date { worker.clock.now }
}

/// A connect's credential: to be let go if the connect fails for good.
final class Adopted: Sendable {
    private let credential = Mutex<CredentialID?>(nil)

    var id: CredentialID? { credential.withLock { $0 } }

    func set(_ id: CredentialID) { credential.withLock { $0 = id } }
}

/// Whether a connect has joined a mailbox: if it fails for good, it leaves it again.
final class Joined: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}

/// What a sync has told of its bookings: its result says so too, if it fails for good.
final class ToldOutcomes: Sendable {
    private let outcomes = Mutex<[Int: BookingOutcome]>([:])

    var byPosition: [Int: BookingOutcome] { outcomes.withLock { $0 } }

    func set(_ told: [Int: BookingOutcome]) { outcomes.withLock { $0 = told } }
}

/// One run: its job, and what was bound at its start.
struct RunContext: Sendable {
    let tools: RunTools
    let claimed: ClaimedJob
    let job: Job?
    let startedAt: Date
    let counter = GraphCallCounter()
    /// The credential that a connect adopted.
    let adopted = Adopted()
    /// A connect's mailbox is to be watched.
    let joinsMailbox = Joined()
    /// Of a sync's bookings, by position.
    let toldOutcomes = ToldOutcomes()
    /// The `traceparent` under which it runs: the job's, or that of the first sync that it serves by the way.
    let trace: String?
    let log: Logger

    init(_ runnable: RunnableJob, tools: RunTools) {
        self.tools = tools
        claimed = runnable.claimed
        job = runnable.job
        startedAt = runnable.startedAt
        let lane = claimed.lease.lane
        var fields: LogFields = [
            .kind: .text(claimed.lease.kind.rawValue), .tenantID: .of(lane.tenant), .resourceID: .of(lane.resource),
            .fence: .of(claimed.lease.fence), .attempt: .number(claimed.record.attempts + 1),
        ]
        if claimed.record.origin == .payload { fields[.jobID] = .of(claimed.record.id) }
        trace = ([claimed.record] + claimed.riders).lazy.compactMap(\.traceparent).first
        if let trace = trace.flatMap({ TraceParent($0) }) { fields[.traceID] = .text(trace.traceID) }
        log = tools.worker.log.with(fields)
    }

    var lease: Lease { claimed.lease }
    var lane: ConnectionID { claimed.lease.lane }
    /// The id that changes name; nil for a timer's run.
    var jobID: JobID? { claimed.record.origin == .payload ? claimed.record.id : nil }
    /// True for a run that may find pages of an earlier try.
    var isRepeated: Bool { claimed.record.attempts + claimed.record.crashes + claimed.record.deferrals > 0 }

    /// Graph as a connection's calls go there.
    func session(_ connection: Connection) -> GraphSession {
        session(connection.credential, charging: connection.chargedMailboxes)
    }

    /// Graph in the name of a credential, charged to these mailboxes.
    func session(_ credential: CredentialID, charging mailboxes: [String]) -> GraphSession {
        tools.graph.session(
            tokens: tools.tokens.provider(credential),
            scope: GraphCallScope(tenant: lane.tenant, mailboxes: mailboxes),
            admission: tools.admission, counter: counter, trace: trace.flatMap { TraceParent($0) })
    }

    func results(_ calendar: CalendarID?) -> ResultWriter {
        ResultWriter(claimed, job: job, startedAt: startedAt, calendar: calendar)
    }

    /// A change of this connection, as of now.
    func change(_ kind: Change.Kind, _ calendar: CalendarID, _ body: Change.Body = .none) -> Change {
        var change = Change(kind, connection: lane, calendar: calendar, job: jobID, at: tools.now, body: body)
        change.traceparent = trace
        return change
    }
}

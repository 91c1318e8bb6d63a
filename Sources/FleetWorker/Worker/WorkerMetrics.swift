import FleetCore
import FleetStore
import Metrics
import Telemetry

/// The worker's counters, made once: looking one up by its labels costs more than counting.
struct WorkerMetrics: Sendable {
    private struct PerKind: Sendable {
        let stored, claimed, succeeded, failed: Counter
        let wait: Timer
        let durations: [String: Timer]
        let deferredBudget, deferredDrain: Counter

        init(_ kind: JobKind) {
            let label = ("kind", kind.rawValue)
            stored = FleetMetric.jobsStored.counter([label])
            claimed = FleetMetric.jobsClaimed.counter([label])
            succeeded = FleetMetric.jobsCompleted.counter([label, ("outcome", "succeeded")])
            failed = FleetMetric.jobsCompleted.counter([label, ("outcome", "failed")])
            wait = FleetMetric.jobWait.timer([label])
            deferredBudget = FleetMetric.jobsDeferred.counter([label, ("reason", "budget")])
            deferredDrain = FleetMetric.jobsDeferred.counter([label, ("reason", "drain")])
            var durations: [String: Timer] = [:]
            for outcome in ["succeeded", "failed", "retried", "deferred", "lost"] {
                durations[outcome] = FleetMetric.jobDuration.timer([label, ("outcome", outcome)])
            }
            self.durations = durations
        }
    }

    private let kinds = Dictionary(uniqueKeysWithValues: JobKind.allCases.map { ($0, PerKind($0)) })
    private let invalid = FleetMetric.payloadsRejected.counter([("code", ErrorCode.invalidJob.rawValue)])
    private let tooLarge = FleetMetric.payloadsRejected.counter([("code", ErrorCode.payloadTooLarge.rawValue)])
    private let duplicate = FleetMetric.payloadsDuplicate.counter()
    private let inFlight = FleetMetric.jobsInFlight.gauge()
    /// For what the worker says of itself in Redis.
    let throughput = Throughput()
    let changes = FleetMetric.changesPublished.counter()
    let expired = FleetMetric.leasesExpired.counter()
    let lost = FleetMetric.leasesLost.counter()
    let staleWrites = FleetMetric.staleWritesRefused.counter()
    let renewed = FleetMetric.leaseRenewals.counter([("outcome", "ok")])
    let renewalFailed = FleetMetric.leaseRenewals.counter([("outcome", "failed")])

    func stored(_ decisions: [IntakeDecision], duplicates: Int) {
        for decision in decisions {
            switch decision {
            case .job(let record, _, _), .jobByCalendar(let record, _, _, _): kinds[record.kind]?.stored.increment()
            case .rejected(let result, _):
                (result.error?.code == .payloadTooLarge ? tooLarge : invalid).increment()
            case .newerVersion: break
            }
        }
        if duplicates > 0 { duplicate.increment(by: duplicates) }
    }

    func claimed(_ kind: JobKind, waited: Duration) {
        guard let metrics = kinds[kind] else { return }
        metrics.claimed.increment()
        metrics.wait.record(duration: waited)
    }

    func ended(_ kind: JobKind, _ ending: Ending, riders: Int, after duration: Duration) {
        guard let metrics = kinds[kind] else { return }
        metrics.durations[ending.outcome]?.record(duration: duration)
        switch ending {
        case .finished(let result, _, _):
            throughput.ended(1 + riders)
            (result?.error == nil ? metrics.succeeded : metrics.failed).increment(by: 1 + riders)
        case .committed(let succeeded):
            throughput.ended(1 + riders)
            (succeeded ? metrics.succeeded : metrics.failed).increment(by: 1 + riders)
        case .retry(let error, _):
            FleetMetric.jobsRetried.counter([("kind", kind.rawValue), ("code", error.code.rawValue)]).increment()
        case .overrun: FleetMetric.jobsRetried.counter([("kind", kind.rawValue), ("code", "overrun")]).increment()
        case .park: metrics.deferredBudget.increment()
        case .handBack: metrics.deferredDrain.increment()
        case .lost: staleWrites.increment()
        }
    }

    func holds(_ jobs: Int) { inFlight.record(jobs) }
}

import FleetCore
import FleetStore

/// What becomes of a claimed job, as its run says it. All but `committed` and `lost` are written by the AckBatcher.
enum Ending: Sendable {
    /// The terminal entry, with nothing else to write: results of the job and of those that rode along.
    case finished(result: JobResult?, riders: [JobResult], letGo: CredentialID? = nil)
    /// The run wrote its end itself, together with what it did.
    case committed(succeeded: Bool)
    /// Failed, and may succeed later: counts an attempt.
    case retry(JobError, after: Duration)
    /// Took longer than any run may: counts an attempt and a crash.
    case overrun(after: Duration)
    /// Waits for something that is nobody's fault: counts nothing.
    case park(Duration, ParkReason)
    /// Given back as it was: counts nothing, another worker may have it at once.
    case handBack
    /// The lease has passed on: there is nothing to write.
    case lost

    /// The metric's word.
    var outcome: String {
        switch self {
        case .finished(let result, _, _): result?.error == nil ? "succeeded" : "failed"
        case .committed(let succeeded): succeeded ? "succeeded" : "failed"
        case .retry, .overrun: "retried"
        case .park, .handBack: "deferred"
        case .lost: "lost"
        }
    }
}

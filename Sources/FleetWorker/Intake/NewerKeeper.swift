import FleetStore
import Logging
import Reactor
import Telemetry

/// Takes up payloads that workers of an older version put aside, once this one knows their version: at its start, and
/// now and then, as older ones may run beside it for a while. Asks for nothing that it doesn't know, so it never turns
/// in a circle; what it knows and can't unseal comes by once a round.
struct NewerKeeper: Sendable {
    /// Between two looks, in the mean; jittered by a half.
    static let interval = Duration.seconds(10)
    /// Steps of 64 payloads in one go: the rest is the next turn's.
    private static let stepsAtMost = 16

    let tools: WorkerTools
    /// The highest version that this worker knows.
    let version: Int
    /// Told that payloads wait.
    let wake: @Sendable () -> Void

    /// Until the task is cancelled. Trouble with Redis is said aloud, and the next turn tries again.
    func run() async {
        let intake = JobIntake(tools.hastyStore)
        while true {
            var count = 0
            do {
                for _ in 0..<Self.stepsAtMost {
                    let step = try await intake.takeUp(version: version)
                    tools.outages.succeeded(.putAside, wrote: step.payloads > 0)
                    count += step.payloads
                    if !step.isMore || step.payloads == 0 { break }
                }
            } catch {
                tools.outages.failed(.putAside, error)
            }
            if count > 0 {
                tools.log.event(
                    .notice, "took up payloads that were put aside for a newer version", [.jobs: .number(count)])
                wake()
            }
            let wait = Self.interval * (0.5 + tools.random())
            guard (try? await tools.reactor.sleep(for: wait)) != nil else { return }
        }
    }
}

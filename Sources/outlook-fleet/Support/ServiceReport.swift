import Reactor

/// Keeps systemd informed of a worker or a gateway: ready, alive, stopping.
///
/// It runs on the reactor, so that a loop that hangs falls silent and is restarted; and it says nothing while `/livez`
/// would answer 503. READY comes when work may be expected for the first time: a rolling restart stops at a process
/// that can't reach Redis. Waiting for Redis isn't a failed start, though: until then the start-up's time is extended.
struct ServiceReport: Sendable {
    let manager: ServiceManager
    let health: any ProcessHealth
    let reactor: Reactor

    /// Until cancelled.
    func run() async throws {
        // Twice in a watchdog's time, as sd_watchdog_enabled(3) advises; without one, the status is kept fresh.
        let pause = min(manager.watchdog.map { $0 / 2 } ?? .seconds(5), .seconds(5))
        var isStarted = false
        var said = ""
        while true {
            let unreadiness = health.unreadiness
            if !isStarted, unreadiness == nil {
                isStarted = true
                manager.tell("READY=1")
            }
            if health.isLive(now: reactor.now) { manager.tell("WATCHDOG=1") }
            if !isStarted { manager.tell("EXTEND_TIMEOUT_USEC=\(Int64((pause * 6) / .microseconds(1)))") }
            let status = unreadiness ?? "ready"
            if status != said { manager.tell("STATUS=\(status)") }
            said = status
            try await reactor.sleep(for: isStarted ? pause : min(pause, .milliseconds(200)))
        }
    }
}

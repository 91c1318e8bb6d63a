import FleetCore
import FleetStore

/// A disconnect: everything of ours goes, in one step; the subscription before it, while its credential can still end
/// it. Needs no consent: a subscription that can't be ended ends by itself.
struct DisconnectRun: Sendable {
    let run: RunContext
    let connection: Connection

    /// - Throws: `FencedOut`, `StoreError`.
    func perform() async throws {
        if connection.wantsRealtime { try await run.tools.realtime?.release(connection, run.lease) }
        let now = run.tools.now
        let results = run.results(connection.calendar)
        var end = RunEnd(
            result: results.succeeded(
                .disconnect(removedEvents: 0, message: Message.disconnect(unreachable: nil)), at: now))
        end.purges = true
        end.nextSync = .never
        var slice = Slice()
        slice.changes = [run.change(.calendarDisconnected, connection.calendar)]
        try await run.tools.commits.commit(slice, end: end, run.lease).orThrow()
    }
}

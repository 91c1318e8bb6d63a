import FleetCore
import FleetStore

/// A disconnect: everything of ours goes, in one step. It needs no consent and asks Graph nothing: this version pushes
/// no events and makes no subscriptions, so there is nothing of ours in Outlook.
struct DisconnectRun: Sendable {
    let run: RunContext
    let connection: Connection

    /// - Throws: `FencedOut`, `StoreError`.
    func perform() async throws {
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

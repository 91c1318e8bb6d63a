import Reactor
import Synchronization

/// Those of this worker that wait for a place in a mailbox: when one of its own comes back, the first is told, and asks
/// in the same breath in which the place goes back. Places that other workers free are found by asking again.
final class PlaceQueue: Sendable {
    private let waiting = Mutex<[String: [Bell]]>([:])

    /// Mailboxes for which somebody waits.
    var count: Int { waiting.withLock { $0.count } }

    /// Waits until a place of one of these mailboxes came back here, or for `limit`.
    ///
    /// - Throws: `CancellationError`.
    func wait(_ mailboxes: [String], atMost limit: Duration, on reactor: Reactor) async throws {
        let bell = Bell()
        waiting.withLock { waiting in
            for mailbox in mailboxes { waiting[mailbox, default: []].append(bell) }
        }
        defer {
            waiting.withLock { waiting in
                for mailbox in mailboxes {
                    waiting[mailbox]?.removeAll { $0 === bell }
                    if waiting[mailbox]?.isEmpty == true { waiting[mailbox] = nil }
                }
            }
        }
        _ = try await bell.wait(for: limit, on: reactor)
    }

    /// So many places of these mailboxes came back.
    func freed(_ mailboxes: [String], places: Int) {
        let bells = waiting.withLock { waiting in
            mailboxes.flatMap { waiting[$0]?.prefix(places) ?? [] }
        }
        for bell in bells { bell.ring() }
    }
}

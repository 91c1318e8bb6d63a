import Foundation
import TestSupport
import Testing

/// A consumer who follows a connection as the contract says: it read the hash once, and applies each change since by
/// its event.
struct Follower {
    private let link: Link
    private var copy: [String: JSON]
    private var mark: String?

    init(_ link: Link) throws {
        self.link = link
        mark = try link.fleet.changesMark()
        copy = try link.mirror()
    }

    /// Applies what has come since, and compares.
    mutating func expectEqualsMirror(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let next = try link.fleet.changesMark()
        for change in try link.changes(since: mark) { apply(change) }
        mark = next
        let mirror = try link.mirror()
        for id in Set(copy.keys).union(mirror.keys).sorted()
        where copy[id].map(ExpectedEvent.comparable) != mirror[id].map(ExpectedEvent.comparable) {
            Issue.record(
                "who follows holds \(copy[id]?.text ?? "nothing") for \(mirror[id]?.text ?? "nothing")",
                sourceLocation: sourceLocation)
        }
    }

    private mutating func apply(_ change: StreamEntry) {
        guard let id = change["event_id"], change.type != "booking.rejected" else { return }
        switch change.type {
        case "event.deleted", "booking.cancelled", "booking.cancelled_in_outlook": copy[id] = nil
        default: copy[id] = change.data
        }
    }
}

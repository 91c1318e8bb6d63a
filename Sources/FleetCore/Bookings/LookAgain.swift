package import Foundation

// The look after the write. Between the check and the write a person, or another connection to the same calendar, may
// have taken the time. Everybody who looks afterwards and yields by the same rule ends with at most one in a place:
//
//   a create yields to what was created earlier; at the same moment, to the smaller id
//   a move yields to whatever is there
//
// Bookings of the same job don't count against each other, for they were decided in order. An unconfirmed create that
// is moved wasn't: it yields to those before it. And where a move is undone, its event goes back to a time that a later
// booking of the job may have taken: that one yields, too, and so on.

/// A booking's first step that was carried out, to be looked at again.
package struct CarriedOut: Sendable, Equatable {
    /// What was decided.
    package var write: BookingWrite
    /// Its event.
    package var event: EventID
    /// When the event was made; nil where nobody said.
    package var createdAt: Date?

    /// A step that was carried out.
    package init(_ write: BookingWrite, event: EventID, createdAt: Date?) {
        self.write = write
        self.event = event
        self.createdAt = createdAt
    }
}

/// Who has to yield.
package struct LookAgain: Sendable {
    private let done: [CarriedOut]
    private let settings: ConnectionSettings
    /// By position in `done`: what is in its way.
    private var others: [Int: Set<EventID>] = [:]
    /// By position in `done`: bookings of the job before it.
    private var before: [Int: Set<EventID>] = [:]

    /// Compares what was done with what is there now.
    package init(
        _ done: [CarriedOut], _ events: [FreshEvent], settings: ConnectionSettings, zone: MailboxZone
    ) {
        self.done = done
        self.settings = settings
        let occupied = OccupiedTimes(events, settings: settings, zone: zone)
        let ours = Set(done.map(\.event))
        for (index, step) in done.enumerated() {
            guard let look = step.write.look else { continue }
            if step.write.isUnchecked {
                let position = step.write.position ?? -1
                before[index] = Set(done.filter { ($0.write.position ?? -1) < position }.map(\.event))
            }
            let found = occupied.obstacles(to: look, besides: ours.subtracting(before[index] ?? []))
            let ids = found.compactMap { if case .event(let id) = $0 { id } else { nil } }
            if !ids.isEmpty { others[index] = Set(ids) }
        }
    }

    /// Events whose time of creation decides: those in the way of creates, and these creates themselves where it isn't
    /// known. In order of ids.
    package var suspects: [EventID] {
        var suspects: Set<EventID> = []
        for (index, ids) in others where done[index].write.undo == .remove {
            suspects.formUnion(ids)
            if done[index].createdAt == nil { suspects.insert(done[index].event) }
        }
        return suspects.sorted { $0.rawValue < $1.rawValue }
    }

    /// Those that have to yield, by position in `done`, and to what. `created` says when the suspects were made, the
    /// distant future for those that are gone; one of which nobody knows counts as earlier.
    package func yielding(_ created: [EventID: Date]) -> [Int: Set<EventID>] {
        var yielding: [Int: Set<EventID>] = [:]
        for (index, ids) in others {
            guard done[index].write.undo == .remove else {
                yielding[index] = ids
                continue
            }
            let own = done[index].createdAt ?? created[done[index].event]
            let earlier = ids.filter {
                before[index]?.contains($0) == true || Self.isEarlier($0, created[$0], than: done[index].event, own)
            }
            if !earlier.isEmpty { yielding[index] = earlier }
        }
        return withThoseBehind(yielding)
    }

    private static func isEarlier(_ id: EventID, _ at: Date?, than own: EventID, _ ownAt: Date?) -> Bool {
        guard let at else { return true }
        guard let ownAt else { return at != .distantFuture }
        return at == ownAt ? id.rawValue < own.rawValue : at < ownAt
    }

    /// Where an event goes back, whoever took its place meanwhile yields to it.
    private func withThoseBehind(_ first: [Int: Set<EventID>]) -> [Int: Set<EventID>] {
        var yielding = first
        var queue = first.keys.sorted()
        while let index = queue.popLast() {
            guard case .restore(let patch, let span)? = done[index].write.undo,
                (patch.showAs ?? .busy).blocks(settings)
            else { continue }
            for (other, step) in done.enumerated() where other != index && yielding[other] == nil {
                guard let look = step.write.look, look.overlaps(span) else { continue }
                yielding[other] = [done[index].event]
                queue.append(other)
            }
        }
        return yielding
    }
}

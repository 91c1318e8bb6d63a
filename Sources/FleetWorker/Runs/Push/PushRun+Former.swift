import FleetCore
import FleetStore
import Foundation
import Graph

// A connect to another calendar of the same mailbox lets the bookings' events stand where they are: nothing is written
// unasked. But a booking has one event, so once a booking is pushed again, and stands in the new calendar or is
// cancelled, what it has left in the old one goes. A booking that is rejected keeps it.

extension PushRun {
    /// Removes what the bookings of a wave have left in other calendars.
    ///
    /// - Throws: what concerns more than one booking; then the job is tried again, and goes on here.
    mutating func removeFormer(_ wave: [Int]) async throws {
        guard state.trouble == nil else { return }
        var removals: [(position: Int, event: EventID)] = []
        for position in wave where isSettled(position) {
            let booking = requests[position].id
            let there = state.records[booking]?.event
            guard let former = state.former[booking], !former.isEmpty else { continue }
            // A calendar that was left and is connected again: the event was found there, and is its own again.
            if former.contains(where: { $0 == there }) { state.leave(booking, former.filter { $0 != there }) }
            removals += former.filter { $0 != there }.map { (position, $0) }
        }
        guard !removals.isEmpty else { return }
        let cancels = removals.filter { isCancel($0.position) }.map { requests[$0.position].id }
        let begun = Set(cancels.filter { state.intents[$0]?.kind == .remove })
        try await intendToRemove(cancels)
        var trouble: GraphError?
        for (removal, answer) in zip(removals, try await elsewhere.answers(removals.map { .delete($0.event) })) {
            switch answer {
            case .success(let answer): removed(removal, tells: answer == .removed, begun)
            case .failure(let error) where error.endsPush:
                trouble = trouble ?? error
                if isCancel(removal.position) { state.outcomes[removal.position] = nil }
            case .failure(let error): stays(removal.position, error)
            }
        }
        if let trouble { try meet(trouble) }
        // What a trouble kept has no outcome; its intent stays.
        for position in wave where state.outcomes[position] != nil && isCancel(position) {
            state.settle(requests[position].id)
        }
    }

    private func isCancel(_ position: Int) -> Bool { requests[position].operation == .cancel }

    private func isSettled(_ position: Int) -> Bool {
        switch state.outcomes[position]?.verdict {
        case .confirmed, .updated, .unchanged, .cancelled: true
        case .rejected, .failed, nil: false
        }
    }

    /// Of a cancellation: a successor that finds the event gone knows that it was this one, and tells.
    private mutating func intendToRemove(_ bookings: [BookingID]) async throws {
        var writes = BookingWrites()
        for booking in Set(bookings).sorted(by: { $0.rawValue < $1.rawValue }) {
            let intent = BookingIntent(.remove, at: keeper.now)
            writes.begin(booking, intent)
            state.begin(booking, intent)
        }
        if !writes.isEmpty { try await keeper.intend(writes) }
    }

    private mutating func removed(_ removal: (position: Int, event: EventID), tells: Bool, _ begun: Set<BookingID>) {
        let booking = requests[removal.position].id
        state.leave(booking, (state.former[booking] ?? []).filter { $0 != removal.event })
        guard isCancel(removal.position), tells || begun.contains(booking) else { return }
        state.tell(change(.bookingCancelled, booking, removal.event))
    }

    /// Outlook doesn't let it go: a cancellation has failed; of an upsert the booking stands where it should, and the
    /// next one tries again.
    private mutating func stays(_ position: Int, _ error: GraphError) {
        guard isCancel(position) else { return }
        state.outcomes[position] = BookingOutcome(id: requests[position].id, verdict: .failed, error: error.jobError)
    }
}

import FleetCore
import FleetStore
import Foundation
import Metrics
import Reactor

/// Writes a plan: slices of at most 500 events, each with its changes, each fenced; the last one ends the run.
///
/// A crash between two slices leaves a mirror from which the rest follows: the next run plans again, and what is
/// published is no difference any more.
struct Publisher: Sendable {
    let run: RunContext
    let calendar: CalendarID
    let mirror: Slice.Mirror

    /// - Parameters:
    ///   - closing: changes behind those of the plan, in the last slice.
    ///   - bookings: what else is kept of bookings, in the last slice.
    ///   - end: what the last slice does besides; nil if the run goes on.
    /// - Throws: `FencedOut`, `StoreError`.
    func publish(
        _ plan: SyncPlan, closing: [Change], bookings: BookingWrites = BookingWrites(), end: RunEnd?
    ) async throws {
        let at = run.tools.now
        var turn = LoopTurn()
        let pieces = plan.slices(of: Slice.mostEvents)
        for (number, steps) in pieces.enumerated() {
            var slice = Slice(mirror)
            let isLast = number == pieces.count - 1
            if isLast { slice.bookings = bookings }
            for step in steps {
                add(step, to: &slice, at)
                await turn.share()
            }
            if isLast { slice.changes += closing }
            for index in slice.changes.indices { slice.changes[index].traceparent = run.trace }
            try await run.tools.commits.commit(slice, end: isLast ? end : nil, run.lease).orThrow()
            run.tools.worker.metrics.changes.increment(by: slice.changes.count)
            if !isLast { await run.tools.worker.hooks.reached(.sliceCommitted(run.lane, number: number)) }
        }
    }

    private func add(_ step: MirrorStep, to slice: inout Slice, _ at: Date) {
        switch step.publicField {
        case .set(let json): slice.upserts.append((step.id, json))
        case .remove: slice.deletions.append(step.id)
        }
        switch step.privateField {
        case .set(let note): slice.companions.append((step.id, note))
        case .remove: slice.companionDeletions.append(step.id)
        }
        if let note = step.note { slice.bookings.put(note.booking, note.record, lost: note.lost) }
        // A fresh mirror's events are no news; what a person did to a booking meanwhile is.
        guard mirror == .current || step.news != nil else { return }
        slice.changes += step.entries(connection: run.lane, calendar: calendar, job: run.jobID, at: at)
    }
}

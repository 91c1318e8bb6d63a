import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

extension PushRun {
    // MARK: Left open

    /// A write of an earlier run that was carried out and is to be told now; nil if there is nothing to tell.
    mutating func leftOver(_ booking: BookingID, _ desk: BookingDesk, _ known: BookingDesk.Known?) -> BookingWrite? {
        guard state.intents[booking] != nil, let known else { return nil }
        switch desk.judge(booking, known, at: run.tools.now) {
        case .finish(let write): return write
        case .wait: return nil
        case .drop:
            state.settle(booking)
            // Then whatever differs a person did.
            if let found = known.found { notice(booking, found) }
            return nil
        }
    }

    // MARK: The look after the write

    /// Looks who came between, and undoes what has to yield. Returns what stays.
    mutating func lookAgain(_ written: [Written]) async throws -> [Written] {
        let spans = written.compactMap { $0.write.look?.span }
        guard !spans.isEmpty else { return written }
        let fresh = try await probe.events(in: ReadRanges.covering(spans))
        let look = LookAgain(written.map(\.carriedOut), fresh, settings: connection.settings, zone: zone)
        let yielding = look.yielding(try await probe.creationTimes(look.suspects))
        guard !yielding.isEmpty else { return written }
        run.log.event(.notice, "a booking yields to what came before it", [.count: .number(yielding.count)])
        let undone = yielding.keys.sorted().map { written[$0] }
        for (step, answer) in zip(undone, try await probe.answers(undone.compactMap(\.undo))) {
            switch answer {
            case .success(.event(let event)): restored(step, event)
            case .success: break
            case .failure(let error) where error.action == .notFound: break
            // It stands where it must not: the job is tried again, or the next sync sees to it.
            case .failure(let error): throw error
            }
        }
        for index in yielding.keys.sorted() { yielded(written[index], to: yielding[index] ?? []) }
        return written.indices.filter { yielding[$0] == nil }.map { written[$0] }
    }

    private mutating func restored(_ step: Written, _ event: FreshEvent) {
        guard var record = state.records[step.write.booking] else { return }
        record.changeKey = event.event.changeKey
        record.seen = seen(event, step.write.booking) ?? record.seen
        state.put(step.write.booking, record)
        state.show(.event(event.event))
    }

    private mutating func yielded(_ step: Written, to others: Set<EventID>) {
        let booking = step.write.booking
        let conflicts = others.sorted { $0.rawValue < $1.rawValue }
        if step.write.look?.undo == .remove {
            var record = state.records[booking] ?? BookingRecord(state: .cancelled)
            record.creates = max(record.creates, step.write.creates)
            state.put(booking, record)
            state.show(.removed(step.event.event.id))
        }
        let event = state.records[booking]?.event
        state.tell(change(.bookingRejected, booking, event, .conflicts(conflicts)))
        conclude(step.write, .rejected, event, conflicts: conflicts)
    }

    // MARK: The last step

    /// Writes what had to wait for the look, and tells what stands now.
    mutating func finish(_ written: [Written]) async throws {
        let late = written.filter { !$0.write.then.isEmpty }
        var answers: [EventID: Result<EventAnswer, GraphError>] = [:]
        for (step, answer) in zip(
            late, try await probe.answers(late.map { .update($0.event.event.id, $0.write.then) }))
        {
            if let trouble = answer.trouble { throw trouble }
            answers[step.event.event.id] = answer
        }
        for step in written {
            switch answers[step.event.event.id] {
            case .success(.event(let event)): stands(step.write, event, nil)
            case .failure(let error): stands(step.write, step.event, error.jobError)
            case .success, nil: stands(step.write, step.event, nil)
            }
        }
    }

    /// A booking whose event is as it should be, or, with an error, but for its last step.
    private mutating func stands(_ write: BookingWrite, _ event: FreshEvent, _ error: JobError?) {
        let booking = write.booking
        let before = state.records[booking]
        var content = write.content
        if error != nil {
            // What didn't get there counts as not written: the next upsert tries again.
            content?.attendees = before?.written?.attendees
            if !write.isNew, let old = before?.written {
                content?.title = old.title
                content?.body = old.body
                content?.location = old.location
            }
        }
        let seen = seen(event, booking) ?? before?.seen
        state.put(
            booking,
            BookingRecord(
                state: .live, event: event.event.id, changeKey: event.event.changeKey, written: content, seen: seen,
                revision: write.revision, creates: write.creates))
        let kind: Change.Kind = write.isNew ? .bookingConfirmed : .bookingUpdated
        state.tell(change(kind, booking, event.event.id, seen.map { .event($0) } ?? .none))
        state.show(.event(event.event))
        let verdict: BookingOutcome.Verdict = error != nil ? .failed : write.isNew ? .confirmed : .updated
        conclude(write, verdict, event.event.id, error: error)
    }
}

extension Written {
    /// Nil for what is never looked at.
    fileprivate var undo: EventRequest? {
        switch write.look?.undo {
        case .remove: .delete(event.event.id)
        case .restore(let patch, _): .update(event.event.id, patch)
        case nil: nil
        }
    }
}

import FleetCore
import FleetStore
import Foundation
import Graph

extension PushRun {
    // MARK: Left open

    /// A write of an earlier run that was carried out and is to be told now; nil if there is nothing to tell.
    mutating func leftOver(_ booking: BookingID, _ desk: BookingDesk, _ known: BookingDesk.Known?) -> BookingWrite? {
        guard state.intents[booking] != nil, let known else { return nil }
        switch desk.judge(booking, known, at: keeper.now) {
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

    /// Looks who came between, and undoes what has to yield. Returns what stays. Creates that were answered with an
    /// event of another place are to be decided again.
    mutating func lookAgain(_ answered: [Written], _ again: inout [Int]) async throws -> [Written] {
        let spans = answered.compactMap(\.write.look)
        let fresh = spans.isEmpty ? [] : try await probe.events(in: ReadRanges.covering(spans))
        let there = Set(fresh.map(\.event.id))
        var written: [Written] = []
        for step in answered {
            if isOlder(step), step.write.look == nil || !there.contains(step.event.event.id) {
                let repeated = GraphError(
                    .duplicate(eventID: step.event.event.id.rawValue), .createEvent, reason: "it was created before")
                if try await isOvertaken(step.write, repeated), let position = step.write.position {
                    again.append(position)
                }
            } else {
                written.append(step)
            }
        }
        guard !spans.isEmpty else { return written }
        let look = LookAgain(written.map(\.carriedOut), fresh, settings: connection.settings, zone: zone)
        let yielding = look.yielding(try await probe.creationTimes(look.suspects))
        guard !yielding.isEmpty else { return written }
        keeper.noteYielding(yielding.count)
        try await undo(yielding.keys.sorted().map { written[$0] })
        for index in yielding.keys.sorted() { yielded(written[index], to: yielding[index] ?? []) }
        return written.indices.filter { yielding[$0] == nil }.map { written[$0] }
    }

    /// Whether a create was answered with an event that was there before it was meant to be: Graph may answer a
    /// repeated create so, of an earlier life of the connection, say, wherever that event is by now. Where Graph's
    /// clock is behind, or tells whole seconds only, this alone proves nothing.
    private func isOlder(_ step: Written) -> Bool {
        guard case .create = step.write.first, let created = step.event.createdAt,
            let intent = state.intents[step.write.booking]
        else { return false }
        let (event, begun) = (created.timeIntervalSince1970, intent.at.timeIntervalSince1970)
        let tellsFractions = event != event.rounded()
        return event < (tellsFractions ? begun : begun.rounded(.down))
    }

    /// Takes first steps back.
    private mutating func undo(_ steps: [Written]) async throws {
        let undoable = steps.filter { $0.undo != nil }
        for (step, answer) in zip(undoable, try await probe.answers(undoable.compactMap(\.undo))) {
            switch answer {
            case .success(.event(let event)): restored(step, event)
            case .success: removed(step)
            case .failure(let error) where error.action == .notFound: removed(step)
            // It stands where it must not: the job is tried again, or the next sync sees to it.
            case .failure(let error): throw error
            }
        }
    }

    /// A create was undone: its number is used up.
    private mutating func removed(_ step: Written) {
        guard step.write.undo == .remove else { return }
        var record = state.records[step.write.booking] ?? BookingRecord(state: .cancelled, endedAt: keeper.now)
        record.creates = max(record.creates, step.write.creates)
        state.put(step.write.booking, record)
        state.remove(step.event.event.id)
        if case .create = step.write.first { return }
        // An earlier try made it, and who has read the hash since may hold it.
        let seen = seen(step.event, step.write.booking)
        state.tell(change(.eventDeleted, step.write.booking, step.event.event.id, seen.map { .event($0) } ?? .none))
    }

    private mutating func restored(_ step: Written, _ event: FreshEvent) {
        let booking = step.write.booking
        guard var record = state.records[booking] else { return }
        if let now = seen(event, booking) {
            // Where and when it was again; what differs nevertheless a person changed before that.
            if let news = record.news(of: now, isSeries: event.kind == .master, changeKey: nil) {
                if news == .bookingCancelledInOutlook { return notice(booking, nil, calledOff: event) }
                tell(news, booking, event, now)
            }
            record.seen = now
            record.isSeries = event.kind == .master
        }
        record.changeKey = event.event.changeKey
        state.put(booking, record)
        state.show(event)
    }

    private mutating func yielded(_ step: Written, to others: Set<EventID>) {
        let booking = step.write.booking
        let conflicts = others.sorted { $0.rawValue < $1.rawValue }
        let event = state.records[booking]?.event
        state.tell(change(.bookingRejected, booking, event, .conflicts(conflicts)))
        conclude(step.write, .rejected, event, conflicts: conflicts)
    }

    // MARK: The last step

    /// Writes what had to wait for the look, and tells what stands now. Where Exchange refuses that, what was written
    /// before is taken back, and the booking fails as a whole. Returns the positions that have to be decided again.
    mutating func finish(_ written: [Written]) async throws -> [Int] {
        let late = written.filter { !$0.write.then.isEmpty }
        try await noteStanding(late)
        var answers: [EventID: Result<EventAnswer, GraphError>] = [:]
        for (step, answer) in zip(
            late, try await probe.answers(late.map { .update($0.event.event.id, $0.write.then) }))
        {
            if let trouble = answer.trouble { try meet(trouble) }
            answers[step.event.event.id] = answer
        }
        var again: [Int] = []
        var refused: [(step: Written, error: JobError)] = []
        for step in written {
            switch answers[step.event.event.id] {
            case .success(.event(let event)): stands(step.write, event)
            // A person was at it in the same moment.
            case .failure(let error) where error.action == .conflict || error.action == .notFound:
                if let position = step.write.position { again.append(position) }
            // It stands, and its intent says so: the next sync tells it.
            case .failure(let error) where error.endsPush: break
            case .failure(let error): refused.append((step, error.jobError))
            case .success, nil: stands(step.write, step.event)
            }
        }
        try await undo(refused.map(\.step))
        for (step, error) in refused {
            conclude(step.write, .failed, state.records[step.write.booking]?.event, error: error)
        }
        return again
    }

    /// From here on others may know of these: a later try must not take them back for somebody who comes now.
    private mutating func noteStanding(_ late: [Written]) async throws {
        var writes = BookingWrites()
        for step in late where step.write.look != nil {
            guard var intent = state.intents[step.write.booking], !intent.hasStood else { continue }
            intent.hasStood = true
            writes.begin(step.write.booking, intent)
            state.begin(step.write.booking, intent)
        }
        if !writes.isEmpty { try await keeper.intend(writes) }
    }

    /// A booking whose event is as it should be.
    mutating func stands(_ write: BookingWrite, _ event: FreshEvent) {
        let booking = write.booking
        let seen = seen(event, booking) ?? state.records[booking]?.seen
        state.put(
            booking,
            BookingRecord(
                state: .live, event: event.event.id, changeKey: event.event.changeKey, written: write.content,
                seen: seen, isSeries: event.kind == .master, revision: write.revision, creates: write.creates))
        tell(write.isNew ? .bookingConfirmed : .bookingUpdated, booking, event, seen)
        state.show(event)
        conclude(write, write.isNew ? .confirmed : .updated, event.event.id)
    }
}

extension Written {
    /// Nil for what is never looked at.
    fileprivate var undo: EventRequest? {
        switch write.undo {
        case .remove: .delete(event.event.id)
        case .restore(let patch, _): .update(event.event.id, patch)
        case nil: nil
        }
    }
}

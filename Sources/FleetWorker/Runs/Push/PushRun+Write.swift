import FleetCore
import FleetStore
import Foundation
import Graph

extension PushRun {
    /// Decides and writes one wave. Returns the positions that have to be decided again.
    mutating func carryOut(_ sight: Sight, _ wave: [Int]) async throws -> [Int] {
        let sight = try await removeSuccessors(sight)
        var desk = BookingDesk(
            connection: keeper.lane, calendar: connection.calendar, settings: connection.settings, zone: zone,
            occupied: OccupiedTimes(sight.fresh, settings: connection.settings, zone: zone))
        var writes: [BookingWrite] = []
        for booking in sight.leftOpen {
            if let write = leftOver(booking, desk, sight.known[booking]) { writes.append(write) }
        }
        var rejected: [(position: Int, obstacles: Set<Obstacle>)] = []
        for position in wave {
            let request = requests[position]
            switch desk.decide(request, at: position, sight.known[request.id] ?? BookingDesk.Known()) {
            case .answer(let verdict, let event):
                state.outcomes[position] = BookingOutcome(id: request.id, verdict: verdict, event: event)
                leave(request.id, sight, desk)
            case .fail(let error):
                state.outcomes[position] = BookingOutcome(
                    id: request.id, verdict: .failed, event: sight.known[request.id]?.event, error: error)
                // An unconfirmed create is still to be told.
                if state.intents[request.id]?.kind != .create { leave(request.id, sight, desk) }
            case .reject(let obstacles): rejected.append((position, obstacles))
            case .write(let write): writes.append(write)
            }
        }
        try await intend(writes)
        var again: [Int] = []
        let done = try await write(writes, &again) { $0.leave($1, sight, desk) }
        await keeper.reached(.bookingsWritten(keeper.lane))
        let stayed = try await lookAgain(done, &again)
        again += try await finish(stayed)
        again += reject(rejected) { $0.leave($1, sight, desk) }
        try await removeFormer(wave)
        return again.sorted()
    }

    /// One event per booking: the one that consumers know stays, and the one that was created in its stead, and that
    /// nobody has heard of, goes. Only then is nothing under way any more.
    private mutating func removeSuccessors(_ sight: Sight) async throws -> Sight {
        var sight = sight
        let successors = sight.successors.sorted { $0.key.rawValue < $1.key.rawValue }
        for ((booking, event), answer) in zip(
            successors, try await probe.answers(successors.map { .delete($0.value) }))
        {
            if case .failure(let error) = answer, error.action != .notFound { throw error }
            state.remove(event)
            sight.fresh.removeAll { $0.event.id == event }
            if var record = state.records[booking] {
                // Its transaction id is used up.
                record.creates += 1
                state.put(booking, record)
            }
            state.settle(booking)
            let found = sight.known[booking]?.found
            if let found {
                noticeReturn(booking, found)
                notice(booking, found)
            }
            sight.known[booking] = BookingDesk.Known(record: state.records[booking], found: found)
        }
        return sight
    }

    /// Puts down what is about to be written.
    private mutating func intend(_ writes: [BookingWrite]) async throws {
        var intended = BookingWrites()
        let now = keeper.now
        for write in writes where write.position != nil {
            guard let intent = write.intent(begun: state.intents[write.booking], at: now),
                intent != state.intents[write.booking]
            else { continue }
            intended.begin(write.booking, intent)
            state.begin(write.booking, intent)
        }
        guard !intended.isEmpty else { return }
        try await keeper.intend(intended)
        await keeper.reached(.bookingsIntended(keeper.lane))
    }

    /// The first step of each. Meets, after all of them, what concerns more than one booking.
    private mutating func write(
        _ writes: [BookingWrite], _ again: inout [Int], leaving: (inout PushRun, BookingID) -> Void
    ) async throws -> [Written] {
        var done: [Written] = []
        let sent = writes.filter { $0.request != nil }
        var trouble: GraphError?
        for (write, answer) in zip(sent, try await probe.answers(sent.compactMap(\.request))) {
            switch answer {
            case .success(.event(let event)): done.append(Written(write, event))
            case .success: cancelled(write)
            case .failure(let error) where error.endsPush: trouble = trouble ?? error
            case .failure(let error):
                if try await isOvertaken(write, error) {
                    if let position = write.position { again.append(position) }
                } else {
                    failed(write, error.jobError, leaving)
                }
            }
        }
        if let trouble { try meet(trouble) }
        return done
            + writes.compactMap { write in
                guard write.request == nil, let event = write.found else { return nil }
                return Written(write, event)
            }
    }

    /// Something that concerns more than one booking. The next attempt looks what was written; where there is none,
    /// this one goes on with those that were.
    mutating func meet(_ trouble: GraphError) throws {
        guard keeper.isLastTry(trouble) else { throw trouble }
        state.trouble = state.trouble ?? trouble
    }

    /// Whether an error means: look, and decide again.
    mutating func isOvertaken(_ write: BookingWrite, _ error: GraphError) async throws -> Bool {
        switch error.action {
        case .conflict, .notFound:
            // Nothing was written: what the event has become meanwhile a person did.
            if !write.isNew { state.settle(write.booking) }
            return true
        case .duplicate(let named):
            // A try before this one was carried out after all, or an event of this id has been deleted since.
            let found: FreshEvent?
            if let named {
                found = try await probe.whereabouts([EventID(named)]).values.first { !$0.event.isCancelled }
            } else {
                found = try await unnamed(write.booking)
            }
            if let found {
                adopted[write.booking] = found
            } else {
                var record = state.records[write.booking] ?? BookingRecord(state: .cancelled, endedAt: keeper.now)
                // How many ids earlier lives of the connection used up nobody knows any more: go on where none of
                // them can have been.
                record.creates = max(record.creates, write.creates, Int(keeper.now.timeIntervalSince1970 * 1000))
                state.put(write.booking, record)
                state.settle(write.booking)
            }
            return true
        default: return false
        }
    }

    /// The event of a create that Graph has carried out before, and doesn't name: by its transaction id; where Graph
    /// doesn't tell those, the first with the booking's mark that isn't older than the intent and lies where the
    /// booking was to be: people copy events, and copies carry the mark.
    private func unnamed(_ booking: BookingID) async throws -> FreshEvent? {
        let events = try await probe.marked([booking: mark(booking)])[booking] ?? []
        if let event = original(of: booking, among: events) { return event }
        guard let intent = state.intents[booking], let time = intent.content?.time else { return nil }
        let begun = intent.at.addingTimeInterval(-Self.clockAllowance)
        return events.first { event in
            (event.event.transactionID ?? "").isEmpty && (event.createdAt ?? .distantPast) >= begun
                && event.event.time.equals(time) == true
        }
    }

    /// How far Graph's clock may be behind ours.
    private static var clockAllowance: TimeInterval { 300 }

    // MARK: What came of it

    private mutating func cancelled(_ write: BookingWrite) {
        let booking = write.booking
        let record = state.records[booking]
        if let event = write.event {
            state.tell(change(.bookingCancelled, booking, event, record?.seen.map { .event($0) } ?? .none))
            state.remove(event)
        }
        var ended = (record ?? BookingRecord(state: .cancelled, creates: 1)).ended(.cancelled, at: keeper.now)
        ended.revision = write.revision
        state.put(booking, ended)
        conclude(write, .cancelled, nil)
    }

    private mutating func failed(
        _ write: BookingWrite, _ error: JobError, _ leaving: (inout PushRun, BookingID) -> Void
    ) {
        if let position = write.position {
            state.outcomes[position] = BookingOutcome(
                id: write.booking, verdict: .failed, event: state.records[write.booking]?.event, error: error)
        }
        // An unconfirmed create whose event is there, and refuses a change, is still to be told.
        if case .change = write.first, write.isNew, state.intents[write.booking]?.kind == .create { return }
        leaving(&self, write.booking)
    }

    /// Nothing more is done for a booking, and its event stays as it was found: what of it an earlier try wrote is told
    /// as that, and everything else as what a person did.
    private mutating func leave(_ booking: BookingID, _ sight: Sight, _ desk: BookingDesk) {
        guard let known = sight.known[booking], let found = known.found, known.intent?.kind == .change,
            state.intents[booking] != nil
        else { return state.settle(booking) }
        if case .finish(let write) = desk.judge(booking, known, at: keeper.now) {
            stands(write, found)
        } else {
            state.settle(booking)
            notice(booking, found)
        }
    }

    mutating func conclude(
        _ write: BookingWrite, _ verdict: BookingOutcome.Verdict, _ event: EventID?, conflicts: [EventID] = [],
        error: JobError? = nil
    ) {
        if let position = write.position {
            state.outcomes[position] = BookingOutcome(
                id: write.booking, verdict: verdict, event: event, conflicts: conflicts, error: error)
        }
        state.settle(write.booking)
    }

    /// What is in the way of these now; those whose obstacle was a booking that didn't come to be are decided again.
    private mutating func reject(
        _ rejected: [(position: Int, obstacles: Set<Obstacle>)], leaving: (inout PushRun, BookingID) -> Void
    ) -> [Int] {
        var again: [Int] = []
        for (position, obstacles) in rejected {
            let booking = requests[position].id
            let conflicts = state.conflicts(obstacles)
            if conflicts.isEmpty {
                again.append(position)
                continue
            }
            leaving(&self, booking)
            state.tell(change(.bookingRejected, booking, state.records[booking]?.event, .conflicts(conflicts)))
            state.outcomes[position] = BookingOutcome(
                id: booking, verdict: .rejected, event: state.records[booking]?.event, conflicts: conflicts)
        }
        return again
    }
}

/// A first step that was carried out, and the event as it is after it.
struct Written: Sendable {
    var write: BookingWrite
    var event: FreshEvent

    init(_ write: BookingWrite, _ event: FreshEvent) {
        self.write = write
        self.event = event
    }

    var carriedOut: CarriedOut {
        CarriedOut(write, event: event.event.id, createdAt: event.createdAt)
    }
}

extension BookingWrite {
    /// Nil where nothing is to be sent.
    fileprivate var request: EventRequest? {
        switch first {
        case .create(let draft): .create(draft)
        case .change(let id, let patch, let etag): .update(id, patch, ifMatch: etag)
        case .remove(let id): .delete(id)
        case .done: nil
        }
    }
}

import FleetCore
import Foundation
import Graph
import Synchronization
import TestSupport

@testable import FleetWorker

/// A calendar as Graph would hold it, in memory: transaction ids, etags, marks, a log of changes. Whoever calls it may
/// be cut off, refused, throttled or killed at any call, and people's hands are at it between two calls.
final class ModelCalendar: EventCalls {
    /// The worker died here.
    struct Death: Error {}

    struct Held {
        var event: RemoteEvent
        let createdAt: Date
        var mark: EventMark?
        /// Made by a create of ours; copies that people make carry the mark, too.
        let isOurs: Bool
        /// A person moved it to another calendar of the mailbox: found by its id, and in no view.
        var isElsewhere = false
        /// A person changed it, or put it back where it is.
        var isByHand = false
        /// A person made it recurring: which of its occurrences are left.
        var occurrences: [Int]?
        /// When it came to its time, and where it was before.
        var placedAt: Int
        var places: [RemoteTime] = []
    }

    struct State {
        var dice: SeededRandom
        var now = ModelCalendar.base
        var held: [EventID: Held] = [:]
        /// What people deleted, and may restore.
        var bin: [EventID: Held] = [:]
        var transactions: [String: EventID] = [:]
        /// Number of changes so far, and of each id the last.
        var changes = 0
        var lastChange: [EventID: Int] = [:]
        var writes = 0
        /// Series that we moved: nobody may.
        var movedSeries: Set<EventID> = []
        var isQuiet = false
        /// Transaction ids are forgotten with their events, as nobody promises otherwise.
        var forgetsTransactions = false
    }

    static let base = Date(timeIntervalSince1970: 1_780_000_200)

    let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(dice: SeededRandom(seed: seed))) }

    static func time(_ slot: Int, hours: Int = 1) -> RemoteTime {
        let start = base.addingTimeInterval(Double(slot) * 3600)
        return .timed(start: start, end: start.addingTimeInterval(Double(hours) * 3600))
    }

    /// `3-5`: hours from the base.
    static func slot(_ time: RemoteTime) -> String {
        let span = TimeSpan(time, zone: .utc)
        return "\(Int(span.start.timeIntervalSince(base) / 3600))-\(Int(span.end.timeIntervalSince(base) / 3600))"
    }

    // MARK: - Calls

    func pause(before number: Int) async throws {}

    func answer(_ request: EventRequest) async throws -> EventAnswer {
        try state.withLock { state in
            let trouble = state.interfere(with: request)
            ModelTrace.say("    \(request.brief) \(trouble.map { "\($0)" } ?? "")")
            if let trouble, !trouble.isExecuted { throw trouble.error }
            let answer = try state.carryOut(request)
            if let trouble { throw trouble.error }
            return answer
        }
    }

    func batch(_ requests: [EventRequest]) async throws -> [Result<EventAnswer, GraphError>] {
        try state.withLock { state in
            let whole = state.interfere(with: nil)
            if let whole, !whole.isExecuted { throw whole.error }
            var answers: [Result<EventAnswer, GraphError>] = []
            for request in requests {
                let trouble = state.interfere(with: request)
                ModelTrace.say("    batched \(request.brief) \(trouble.map { "\($0)" } ?? "")")
                if let error = trouble?.error as? GraphError {
                    if trouble?.isExecuted == true { _ = try? state.carryOut(request) }
                    answers.append(.failure(error))
                } else {
                    do throws(GraphError) { answers.append(.success(try state.carryOut(request))) } catch {
                        answers.append(.failure(error))
                    }
                }
            }
            if let whole { throw whole.error }
            return answers
        }
    }

    func freshEvents(from: Date, to: Date) async throws -> [FreshEvent] {
        try state.withLock { state in
            if let trouble = state.interfere(with: nil) { throw trouble.error }
            let span = TimeSpan(start: from, end: to)
            ModelTrace.say("    view")
            return state.held.values.filter { !$0.isElsewhere }.flatMap(\.view)
                .filter { TimeSpan($0.event.time, zone: .utc).overlaps(span) }
                .map { FreshEvent(event: $0.event, kind: $0.kind, etag: $0.etag, mark: $0.mark) }
                .sorted { $0.event.id.rawValue < $1.event.id.rawValue }
        }
    }

    /// What changed since a token, and the next token. Nil: everything.
    func delta(since token: Int?) throws -> (items: [RemoteItem], token: Int) {
        try state.withLock { state in
            if let trouble = state.interfere(with: nil) { throw trouble.error }
            let ids = state.lastChange.filter { $0.value > token ?? -1 }.keys.sorted { $0.rawValue < $1.rawValue }
            let items = ids.flatMap { id -> [RemoteItem] in
                if let held = state.held[id], !held.isElsewhere { return held.items }
                return token == nil ? [] : [.removed(id)]
            }
            return (items, state.changes)
        }
    }

    /// What a round only hints at.
    func complete(_ round: inout SyncRound, _ mirror: MirrorState) throws {
        let needs = SyncNeeds(round, mirror)
        try state.withLock { state in
            if !needs.isEmpty, let trouble = state.interfere(with: nil) { throw trouble.error }
            for id in needs.series {
                let items = state.held[id].map { Array($0.items.dropFirst()) }
                round.series[id] = items.map { .instances($0) } ?? .gone
            }
        }
    }
}

extension EventRequest {
    fileprivate var brief: String {
        switch self {
        case .create(let draft):
            "create \(draft.title) \(ModelCalendar.slot(ModelCalendar.State.time(draft.time))) \(draft.transactionID)"
        case .update(let id, let patch, let etag):
            "update \(id.rawValue) \(patch.title ?? "-") "
                + (patch.time.map { ModelCalendar.slot(ModelCalendar.State.time($0)) } ?? "-")
                + " \(patch.attendees == nil ? "" : "invites") \(etag ?? "")"
        case .delete(let id): "delete \(id.rawValue)"
        case .read(let id): "read \(id.rawValue)"
        case .find(let mark): "find \(mark.rawValue)"
        }
    }
}

// MARK: - What Graph does

extension ModelCalendar.State {
    mutating func touch(_ id: EventID) {
        changes += 1
        lastChange[id] = changes
        held[id]?.event.changeKey = "k\(changes)"
        held[id]?.event.lastModified = now.addingTimeInterval(Double(changes) / 1000)
    }

    mutating func add(
        _ title: String, _ time: RemoteTime, _ showAs: ShowAs, mark: EventMark?, isOurs: Bool,
        transaction: String? = nil
    ) -> EventID {
        let id = EventID("e\(changes)")
        ModelTrace.say("      \(id.rawValue) comes to be, \(isOurs ? "ours" : "by hand") \(ModelCalendar.slot(time))")
        let event = RemoteEvent(id: id, time: time, title: title, showAs: showAs, transactionID: transaction)
        held[id] = ModelCalendar.Held(
            event: event, createdAt: now.addingTimeInterval(Double(changes) / 1000), mark: mark, isOurs: isOurs,
            isByHand: !isOurs, placedAt: changes)
        touch(id)
        return id
    }

    mutating func carryOut(_ request: EventRequest) throws(GraphError) -> EventAnswer {
        switch request {
        case .create(let draft): return .event(try create(draft))
        case .update(let id, let patch, let etag): return .event(try update(id, patch, etag))
        case .delete(let id):
            guard held[id] != nil else { return .alreadyGone }
            writes += 1
            held[id] = nil
            touch(id)
            if forgetsTransactions { transactions = transactions.filter { $0.value != id } }
            return .removed
        case .read(let id):
            let found = held[id]?.fresh ?? held.values.lazy.flatMap(\.view).first { $0.event.id == id }
            guard let found else { throw GraphError(.notFound, .event, status: 404, reason: "gone") }
            return .event(found)
        case .find(let mark):
            return .found(
                held.values.filter { $0.mark == mark && !$0.isElsewhere }.map(\.fresh)
                    .sorted { $0.event.id.rawValue < $1.event.id.rawValue })
        }
    }

    private mutating func create(_ draft: EventDraft) throws(GraphError) -> FreshEvent {
        if let id = transactions[draft.transactionID] {
            throw GraphError(.duplicate(eventID: id.rawValue), .createEvent, status: 409, reason: "was created")
        }
        writes += 1
        let id = add(
            draft.title, Self.time(draft.time), draft.showAs, mark: draft.mark, isOurs: true,
            transaction: draft.transactionID)
        transactions[draft.transactionID] = id
        return held[id]!.answered
    }

    private mutating func update(
        _ id: EventID, _ patch: EventPatch, _ etag: String?
    ) throws(GraphError) -> FreshEvent {
        guard let before = held[id] else { throw GraphError(.notFound, .updateEvent, status: 404, reason: "gone") }
        guard etag == nil || etag == before.event.changeKey else {
            throw GraphError(.conflict, .updateEvent, status: 412, reason: "was changed")
        }
        writes += 1
        if before.occurrences != nil && patch.time != nil { movedSeries.insert(id) }
        if let title = patch.title { held[id]!.event.title = title }
        if let showAs = patch.showAs { held[id]!.event.showAs = showAs }
        if let time = patch.time { place(id, Self.time(time)) }
        touch(id)
        return held[id]!.answered
    }

    mutating func place(_ id: EventID, _ time: RemoteTime) {
        guard let before = held[id]?.event.time, before != time else { return }
        held[id]!.places.append(before)
        held[id]!.event.time = time
        held[id]!.placedAt = changes
    }

    static func time(_ time: BookingRequest.Time) -> RemoteTime {
        switch time {
        case .timed(let start, let end): .timed(start: start, end: end)
        case .allDay(let start, let end): .allDay(start: start, end: end)
        }
    }
}

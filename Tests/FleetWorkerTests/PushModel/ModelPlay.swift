import FleetCore
import Foundation
import Graph
import Synchronization
import TestSupport

@testable import FleetWorker

/// One game: acts on both sides from a seed, then peace, then the reckoning.
struct ModelPlay {
    private var dice: SeededRandom
    private let fleet: ModelFleet
    /// What was asked last of each booking that came to be.
    private var wanted: [BookingID: BookingRequest] = [:]
    /// Those that were ever put somewhere with `allow`.
    private var allowed: Set<BookingID> = []
    /// Why the game is lost; nil while all is well.
    private(set) var fault: String?

    init(seed: UInt64) {
        dice = SeededRandom(seed: seed)
        fleet = ModelFleet(seed: seed &+ 1)
        let forgets = dice.isOne(in: 3)
        fleet.calendar.state.withLock { $0.forgetsTransactions = forgets }
    }

    /// Plays so many acts; what went wrong, if something did.
    static func fault(seed: UInt64, acts: Int) async throws -> String? {
        var play = ModelPlay(seed: seed)
        for _ in 0..<acts where play.fault == nil { try await play.act() }
        if play.fault == nil { try await play.end() }
        return play.fault
    }

    // MARK: - Acts

    private mutating func act() async throws {
        switch dice.roll(10) {
        case 0, 1: fleet.calendar.state.withLock { $0.actByHand() }
        case 2: _ = try await run([], isFull: dice.isOne(in: 3))
        case 3: fleet.wait(Double(dice.roll(1200)))
        default:
            var requests: [BookingRequest] = []
            for _ in 0...dice.roll(4) { requests.append(request()) }
            allowed.formUnion(requests.filter { $0.onConflict == .allow }.map(\.id))
            if let outcomes = try await run(requests) {
                judge(requests, outcomes)
            } else {
                // Parts of it may have been done, and are told by the next sync.
                for request in requests { wanted[request.id] = nil }
            }
        }
    }

    private mutating func request() -> BookingRequest {
        let id = BookingID("b-\(dice.roll(6))")
        guard !dice.isOne(in: 4) else { return BookingRequest(id: id, operation: .cancel) }
        let start = ModelCalendar.base.addingTimeInterval(Double(dice.roll(24)) * 3600)
        let hours = Double(1 + dice.roll(2))
        return BookingRequest(
            id: id, time: .timed(start: start, end: start.addingTimeInterval(hours * 3600)),
            title: "T\(dice.roll(3))",
            attendees: dice.isOne(in: 5) ? [BookingRequest.Attendee(email: "guest\(dice.roll(2))@example.com")] : nil,
            showAs: dice.isOne(in: 8) ? .free : .busy, onConflict: dice.isOne(in: 8) ? .allow : .reject)
    }

    /// A job is tried again until it ends well, or has used up its attempts; nil then.
    private func run(_ requests: [BookingRequest], isFull: Bool = false) async throws -> [Int: BookingOutcome]? {
        fleet.store.state.withLock { $0.outcomes = [:] }
        for attempt in 1...6 {
            fleet.store.state.withLock { $0.isLastTry = attempt == 6 || $0.dice.isOne(in: 6) }
            ModelTrace.say("  run \(requests.map(\.brief).joined(separator: ", ")) \(isFull ? "in full" : "")")
            do {
                let outcomes = try await fleet.sync(requests, isFull: isFull)
                ModelTrace.say("  -> \(outcomes.sorted { $0.key < $1.key }.map { "\($0.value.verdict)" })")
                return outcomes
            } catch is ModelCalendar.Death {
                ModelTrace.say("  dies")
            } catch let error as GraphError {
                ModelTrace.say("  \(error)")
                if fleet.store.state.withLock({ $0.isLastTry }) { return nil }
            }
        }
        return nil
    }

    // MARK: - Judging

    private mutating func judge(_ requests: [BookingRequest], _ outcomes: [Int: BookingOutcome]) {
        for (position, request) in requests.enumerated() {
            guard let outcome = outcomes[position] else {
                fault = "no outcome for \(request.id.rawValue)"
                return
            }
            switch outcome.verdict {
            case .confirmed, .updated, .unchanged: wanted[request.id] = request
            case .cancelled: wanted[request.id] = nil
            case .rejected where outcome.conflicts.isEmpty: fault = "\(request.id.rawValue) is rejected for nothing"
            case .rejected: break
            case .failed where outcome.error == nil: fault = "\(request.id.rawValue) failed without a reason"
            // What an earlier try did of it is told as an update.
            case .failed: wanted[request.id] = nil
            }
        }
    }

    /// Peace: two syncs, and then nothing more is written or told; all sides agree.
    private mutating func end() async throws {
        fleet.isQuiet = true
        fleet.wait(2000)
        for _ in 0..<2 { _ = try await fleet.sync() }
        let writes = fleet.calendar.state.withLock { $0.writes }
        let changes = fleet.store.state.withLock { $0.changes.count }
        _ = try await fleet.sync()
        _ = try await fleet.sync(isFull: true)
        guard fleet.calendar.state.withLock({ $0.writes }) == writes else { return fault = "a quiet sync writes" }
        let told = fleet.store.state.withLock { $0.changes.dropFirst(changes).map(\.kind.rawValue) }
        guard told.isEmpty else { return fault = "a quiet sync tells \(told)" }
        let held = fleet.calendar.state.withLock { $0.held.filter { !$0.value.isElsewhere } }
        let store = fleet.store.state.withLock { $0 }
        guard fleet.calendar.state.withLock({ $0.movedSeries.isEmpty }) else { return fault = "a series was moved" }
        fault = agreement(held, store) ?? bookingsAgree(held, store) ?? overlap(held, store)
    }

    private func agreement(_ held: [EventID: ModelCalendar.Held], _ store: ModelStore.State) -> String? {
        let mirror = store.mirror
        let view = held.values.flatMap(\.view).map(\.event)
        guard Set(mirror.keys) == Set(view.map(\.id)), mirror.count == store.shown.count else {
            return "the mirror has other events than the calendar"
        }
        for event in view {
            guard let shown = mirror[event.id], shown.title == event.title,
                TimeSpan(start: shown.start, end: shown.end) == TimeSpan(event.time, zone: .utc)
            else { return "the mirror has \(event.id.rawValue) otherwise" }
        }
        for id in Set(mirror.keys).union(store.follower?.keys ?? [:].keys).sorted(by: { $0.rawValue < $1.rawValue })
        where mirror[id]?.withoutMoment != store.follower?[id]?.withoutMoment {
            return "who follows the changes holds \(store.follower?[id]?.json() ?? "nothing") for "
                + (mirror[id]?.json() ?? "nothing") + " (\(id.rawValue))"
        }
        return nil
    }

    private func bookingsAgree(_ held: [EventID: ModelCalendar.Held], _ store: ModelStore.State) -> String? {
        guard store.intents.isEmpty else { return "intents are left" }
        let live = store.records.filter { $0.value.state == .live }
        let events = live.values.compactMap(\.event)
        guard Set(events).count == live.count, Set(events) == Set(store.events.keys) else { return "records disagree" }
        let booked = store.mirror.values.filter { $0.booking != nil }
        guard Set(booked.map(\.id)) == Set(events.filter { held[$0]?.isSeries != true }) else {
            return "mirror and records disagree"
        }
        for event in booked where store.events[event.id] != event.booking { return "\(event.id.rawValue) is another's" }
        let ours = held.filter { $0.value.isOurs && !$0.value.isByHand }
        guard Set(ours.keys).isSubset(of: events) else { return "an event of ours is nobody's" }
        for (booking, request) in wanted {
            guard let event = live[booking]?.event, let time = request.time, let found = held[event], !found.isByHand
            else { continue }
            guard TimeSpan(found.event.time, zone: .utc) == TimeSpan(time, zone: .utc),
                found.event.title == request.title
            else {
                return "\(booking.rawValue) isn't where it was confirmed"
            }
        }
        return nil
    }

    /// Two confirmed bookings overlap only if one may, or a person or an undone move put it there.
    private func overlap(_ held: [EventID: ModelCalendar.Held], _ store: ModelStore.State) -> String? {
        let placed = store.records.compactMap { booking, record -> (BookingID, ModelCalendar.Held)? in
            guard record.state == .live, let event = record.event.flatMap({ held[$0] }), !event.isByHand,
                event.event.showAs == .busy, wanted[booking] != nil, !allowed.contains(booking),
                !event.places.contains(event.event.time)
            else { return nil }
            return (booking, event)
        }
        for (booking, event) in placed {
            let span = TimeSpan(event.event.time, zone: .utc)
            for (other, second) in placed
            where other != booking && TimeSpan(second.event.time, zone: .utc).overlaps(span) {
                return "\(booking.rawValue) and \(other.rawValue) overlap"
            }
            for hand in held.values
            where (!hand.isOurs || hand.isSeries) && hand.placedAt < event.placedAt && hand.event.showAs == .busy
                && !hand.event.isCancelled
                && hand.spans.contains(where: { $0.overlaps(span) })
            {
                return "\(booking.rawValue) overlaps what a person had there before"
            }
        }
        return nil
    }
}

extension CalendarEvent {
    /// What a replay may change without a word.
    fileprivate var withoutMoment: CalendarEvent {
        var event = self
        event.lastModified = nil
        return event
    }
}

extension BookingRequest {
    fileprivate var brief: String {
        guard operation == .upsert, let time else { return "cancel \(id.rawValue)" }
        let slot = ModelCalendar.slot(ModelCalendar.State.time(time))
        return "\(id.rawValue) \(title ?? "") \(slot) \(onConflict == .allow ? "allow" : "")"
    }
}

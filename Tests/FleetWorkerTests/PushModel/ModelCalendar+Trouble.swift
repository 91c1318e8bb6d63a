import FleetCore
import Foundation
import Graph
import TestSupport

extension ModelCalendar.State {
    /// What goes wrong with a call, and whether it is carried out all the same.
    struct Trouble {
        var error: any Error
        var isExecuted: Bool
    }

    /// Before each call: perhaps a person was at the calendar, perhaps the call goes wrong. Nil: an envelope or a read.
    mutating func interfere(with request: EventRequest?) -> Trouble? {
        guard !isQuiet else { return nil }
        if dice.isOne(in: 12) { actByHand() }
        guard dice.isOne(in: 14) else { return nil }
        let operation: GraphOperation = request == nil ? .batch : .updateEvent
        switch dice.roll(6) {
        case 0: return Trouble(error: ModelCalendar.Death(), isExecuted: dice.isOne(in: 2))
        case 1, 2:
            return Trouble(
                error: GraphError(.retry, operation, reason: "cut off", mayHaveBeenExecuted: true),
                isExecuted: dice.isOne(in: 2))
        case 3:
            return Trouble(
                error: GraphError(.throttled(retryAfter: nil), operation, status: 429, reason: "too many"),
                isExecuted: false)
        case 4:
            guard case .update? = request else { return nil }
            return Trouble(
                error: GraphError(.conflict, .updateEvent, status: 409, reason: "spurious"), isExecuted: false)
        default:
            switch request {
            case .create?, .update?:
                return Trouble(
                    error: GraphError(.permanent(.item), operation, status: 400, reason: "refused"), isExecuted: false)
            default: return nil
            }
        }
    }

    /// A person's hand on the calendar.
    mutating func actByHand() {
        let ids = held.keys.sorted { $0.rawValue < $1.rawValue }
        let before = held
        defer {
            for id in ids where held[id]?.event != before[id]?.event || held[id]?.isElsewhere != before[id]?.isElsewhere
            {
                ModelTrace.say(
                    "      by hand: \(id.rawValue) \(held[id].map { ModelCalendar.slot($0.event.time) } ?? "goes")"
                        + " \(held[id]?.occurrences.map { "\($0)" } ?? "")")
            }
        }
        switch dice.roll(8) {
        case 0, 1:
            _ = add("Hand", ModelCalendar.time(dice.roll(24)), .busy, mark: nil, isOurs: false)
        case 2:
            guard let id = dice.pick(ids) else { return }
            place(id, ModelCalendar.time(dice.roll(24)))
            held[id]!.isByHand = true
            touch(id)
        case 3:
            guard let id = dice.pick(ids) else { return }
            bin[id] = held.removeValue(forKey: id)
            touch(id)
            if forgetsTransactions { transactions = transactions.filter { $0.value != id } }
        case 4:
            guard let id = dice.pick(ids) else { return }
            if dice.isOne(in: 4) { held[id]!.event.isCancelled.toggle() }
            held[id]!.event.title = "By hand \(dice.roll(3))"
            held[id]!.isByHand = true
            touch(id)
        case 5:
            // A copy carries the mark.
            guard let id = dice.pick(ids), let original = held[id] else { return }
            _ = add(
                original.event.title, ModelCalendar.time(dice.roll(24)), original.event.showAs, mark: original.mark,
                isOurs: false)
        case 6:
            // Recurring, or an occurrence less, or single again.
            guard let id = dice.pick(ids) else { return }
            if let left = held[id]!.occurrences {
                held[id]!.occurrences = left.count > 1 && dice.isOne(in: 2) ? left.filter { $0 != left[0] } : nil
            } else {
                held[id]!.occurrences = Array(0..<ModelCalendar.Held.most)
            }
            held[id]!.isByHand = true
            held[id]!.placedAt = changes
            touch(id)
        default:
            if dice.isOne(in: 3), let id = dice.pick(bin.keys.sorted(by: { $0.rawValue < $1.rawValue })) {
                ModelTrace.say("      by hand: \(id.rawValue) comes back")
                held[id] = bin.removeValue(forKey: id)
                held[id]!.isByHand = true
                held[id]!.placedAt = changes
                return touch(id)
            }
            guard dice.isOne(in: 2), let id = dice.pick(ids) else { return }
            held[id]!.isElsewhere.toggle()
            held[id]!.isByHand = true
            held[id]!.placedAt = changes
            touch(id)
        }
    }
}

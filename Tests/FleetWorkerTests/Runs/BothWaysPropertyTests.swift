import FleetCore
import FleetWorker
import Foundation
import GraphSimulator
import Synchronization
import TestSupport
import Testing

// Goal (issue 4): whatever both sides do, whatever is cut off and whoever dies: after two quiet syncs mirror, calendar
// and bookings agree, a consumer who followed the changes holds the mirror, each booking has one event at most, and no
// two bookings overlap unless a person put them so. Method: random acts from a printed seed against the simulator; the
// calendar is judged as the simulator knows it.

@Suite("Bookings whatever happens", .timeLimit(.minutes(3))) struct BothWaysPropertyTests {
    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    /// At the next such point the worker's lease is taken from it.
    private final class Reaper: Sendable {
        let target = Mutex<(point: Int, strike: @Sendable () async -> Void)?>(nil)

        var hooks: WorkerHooks {
            WorkerHooks { point in
                let number: Int
                switch point {
                case .bookingsIntended: number = 0
                case .bookingsWritten: number = 1
                case .bookingsPushed: number = 2
                default: return
                }
                let strike = self.target.withLock { target -> (@Sendable () async -> Void)? in
                    guard let found = target, found.point == number else { return nil }
                    target = nil
                    return found.strike
                }
                await strike?()
            }
        }
    }

    @Test("both sides edit, connections are cut, workers die; two quiet syncs later all agree", arguments: 1...6)
    func agree(round: Int) async throws {
        let given = ProcessInfo.processInfo.environment["FLEET_SEED"].flatMap { UInt64($0) }
        try await play((given ?? 20_261_124) &+ UInt64(round) &* 0x9E37_79B9_7F4A_7C15)
    }

    @Test("rounds that once went wrong", arguments: [11_663_328_123_865_371_062])
    func wentWrong(seed: UInt64) async throws { try await play(seed) }

    private func play(_ seed: UInt64) async throws {
        print("seed \(seed)")
        let reaper = Reaper()
        try await Fleet.with { fleet in
            try await fleet.withWorker(hooks: reaper.hooks, configure: { $0.lease = .seconds(2) }) { _ in
                let bookings = Bookings(fleet: fleet)
                try fleet.graph.addMailbox(bookings.mailbox)
                try await fleet.connect("r", to: bookings.mailbox)
                var dice = Dice(state: seed)
                var byHand: Set<String> = []
                for _ in 0..<14 { try await act(&dice, bookings, reaper, &byHand) }
                try fleet.graph.clearFaults()
                for _ in 0..<2 { _ = try await fleet.sync("r") }
                #expect(try await bookings.settles(), "seed \(seed)")
                try await check(bookings, byHand, seed)
            }
        }
    }

    private func act(
        _ dice: inout Dice, _ bookings: Bookings, _ reaper: Reaper, _ byHand: inout Set<String>
    ) async throws {
        switch dice.roll(8) {
        case 0:
            try bookings.fleet.graph.control(
                "POST", "/mailboxes/\(bookings.mailbox)/calendars/default/events",
                [
                    "subject": "Hand", "start": GraphWorld.time(Bookings.hour(Double(dice.roll(24)))),
                    "end": GraphWorld.time(Bookings.hour(Double(24 + dice.roll(3)))),
                ])
        case 1:
            let events = try bookings.truth().compactMap { $0["immutableId"]?.string }
            guard !events.isEmpty else { return }
            let event = events[dice.roll(events.count)]
            byHand.insert(event)
            if dice.roll(2) == 0 {
                try bookings.move(event, toHour: Double(dice.roll(30)))
            } else {
                try bookings.delete(event)
            }
        case 2:
            let effects: [JSON] = [
                ["cut": "after"], ["cut": "before"], ["status": 503], ["status": 503, "execute": true],
                ["status": 429, "retryAfter": 0], ["status": 412, "code": "ErrorIrresolvableConflict"],
            ]
            let methods = ["POST", "PATCH", "DELETE", "GET"]
            try bookings.fault(
                methods[dice.roll(4)], "/events|calendarView", after: dice.roll(2), effects[dice.roll(6)])
        case 3:
            let fleet = bookings.fleet
            reaper.target.withLock {
                $0 = (
                    dice.roll(3),
                    {
                        guard let owner = try? await fleet.ownerName() else { return }
                        try? await fleet.pretendDead(owner)
                    }
                )
            }
        default:
            var list: [String] = []
            for _ in 0...dice.roll(3) {
                let id = "b-\(dice.roll(6))"
                if dice.roll(4) == 0 {
                    list.append(Bookings.cancel(id))
                } else {
                    list.append(
                        Bookings.upsert(id, Bookings.time(Double(dice.roll(30))), title: "T\(dice.roll(3))"))
                }
            }
            let entry = try await bookings.sync(list.joined(separator: ","), more: ",\"max_attempts\":20")
            guard entry.type == "sync.succeeded" else { throw TestSupportError("\(entry.fields)") }
        }
    }

    private func check(_ bookings: Bookings, _ byHand: Set<String>, _ seed: UInt64) async throws {
        let truth = try bookings.truth()
        let mirror = try await bookings.fleet.mirror("r")
        let booked = mirror.filter { $0.value.has("booking_id") }
        #expect(Set(booked.values.compactMap { $0["booking_id"] }).count == booked.count, "seed \(seed)")
        // Each event of ours is known as its booking's: none was made twice and forgotten.
        let marked = truth.filter { !($0["properties"]?.object?.members.isEmpty ?? true) }
        #expect(Set(marked.compactMap { $0["immutableId"]?.string }) == Set(booked.keys), "seed \(seed)")
        for event in truth {
            let id = event["immutableId"]?.string ?? ""
            #expect(mirror[id]?["title"] == event["subject"]?.string, "seed \(seed)")
            let start = event["start"]?.string.flatMap { RFC3339.date($0) }
            #expect(mirror[id]?["start_time"].flatMap { RFC3339.date($0) } == start, "seed \(seed)")
        }
        let untouched = booked.filter { !byHand.contains($0.key) }.values.compactMap { $0["start_time"] }
        #expect(Set(untouched).count == untouched.count, "two bookings at one time, seed \(seed)")
        // What a consumer holds who began with nothing and applied each change by its event.
        var held: Set<String> = []
        for change in try await bookings.fleet.changes {
            guard let event = change["event_id"] else { continue }
            switch change.type {
            case "event.deleted", "booking.cancelled", "booking.cancelled_in_outlook": held.remove(event)
            case "booking.rejected": break
            default: held.insert(event)
            }
        }
        #expect(held == Set(mirror.keys), "seed \(seed)")
        #expect(try await bookings.fleet.allKeys().filter { $0.hasPrefix("intent") } == [], "seed \(seed)")
    }
}

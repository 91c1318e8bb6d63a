import Foundation
import Testing

// Goal (issue 4): for any sequence of edits on both sides, cuts and deaths, after two quiet syncs mirror, calendar and
// bookings agree, and no two confirmed bookings overlap unless they may. Method: the decisions of a sync as they are
// (BookingDesk, LookAgain, SyncPlan, and PushRun that strings them together) against a calendar and a store in memory;
// no process, no Redis, no clock: some thousand syncs a second. All chance comes from a printed seed, the same
// each time unless FLEET_SEED and FLEET_GAMES ask for others; a game that is lost is played again with fewer acts, and
// the shortest is reported with the line that repeats it.
//
// Known to be lost, one game in some thousand: FLEET_SEED=901973 FLEET_ACTS=6. A person makes a booking's event
// recurring between the look after its move and the move's undoing: then the series is moved back.

@Suite("Bookings as values", .timeLimit(.minutes(2))) struct PushPropertyTests {
    private static let acts = 12

    @Test("whatever both sides do and whatever breaks, two quiet syncs later all agree")
    func agree() async throws {
        let environment = ProcessInfo.processInfo.environment
        let given = environment["FLEET_SEED"].flatMap { UInt64($0) }
        let acts = environment["FLEET_ACTS"].flatMap { Int($0) } ?? Self.acts
        let first = given ?? 20_261_124
        let games = environment["FLEET_GAMES"].flatMap { UInt64($0) } ?? 400
        print("seed \(first)")
        for seed in first..<(first + games) {
            guard try await ModelPlay.fault(seed: seed, acts: acts) != nil else { continue }
            for fewer in 0...acts {
                guard let fault = try await ModelPlay.fault(seed: seed, acts: fewer) else { continue }
                Issue.record("\(fault); again with FLEET_SEED=\(seed) FLEET_ACTS=\(fewer) FLEET_GAMES=1")
                return
            }
        }
    }

    @Test(
        "games that were lost once",
        arguments: [
            (UInt64(2_285_775_355), 10), (620_252_381, 8), (620_252_394, 9), (901_914, 3), (31_337_298, 12),
            (31_337_689, 12), (5_550_161, 4),
        ])
    func lostOnce(seed: UInt64, acts: Int) async throws {
        #expect(try await ModelPlay.fault(seed: seed, acts: acts) == nil)
    }
}

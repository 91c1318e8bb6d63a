import FleetCore
import FleetStore
import Foundation
import Graph

/// Asks for what a round only hints at: masters of occurrences that came alone, and the instances of series whose
/// master changed (a deleted occurrence leaves no tombstone).
struct SeriesReader: Sendable {
    /// Requests at once: a mailbox takes four, and others may be at it.
    private static let width = 3

    let session: GraphSession
    let target: CalendarTarget
    /// Whether the round is so large that looking through it is no work for the loop.
    let offLoop: Bool

    /// Puts the answers into the round.
    ///
    /// - Returns: false when so much would have to be asked that a fresh whole round is cheaper.
    func complete(_ round: inout SyncRound, _ mirror: MirrorState) async throws -> Bool {
        // A series that is read may bring occurrences of another; twice is enough (SyncNeeds).
        for _ in 0..<3 {
            let needs = await needs(round, mirror)
            if needs.isEmpty { return true }
            if needs.wantsFullRound { return false }
            let before = round.masters.count + round.series.count
            for (id, master) in try await each(needs.masters, self.master) {
                if let master { round.masters[id] = master }
            }
            let range = round.range
            for (id, reading) in try await each(needs.series, { try await instances(of: $0, range) }) {
                round.series[id] = reading
            }
            // What can't be read stays unanswered; the plan makes do without.
            if round.masters.count + round.series.count == before { return true }
        }
        return true
    }

    private func needs(_ round: SyncRound, _ mirror: MirrorState) async -> SyncNeeds {
        guard offLoop else { return SyncNeeds(round, mirror) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { SyncNeeds(round, mirror) }
    }

    private func master(_ id: EventID) async throws -> SyncRound.FetchedMaster? {
        do {
            switch try await session.event(target, id) {
            case .master(let event), .event(let event): return .found(event)
            case .occurrence, .removed, .malformed: return nil
            }
        } catch let error as GraphError where error.action == .notFound {
            return .gone
        }
    }

    private func instances(of id: EventID, _ range: RoundRange) async throws -> SyncRound.SeriesReading {
        do {
            return .instances(try await session.instances(target, of: id, from: range.start, to: range.end))
        } catch let error as GraphError where error.action == .notFound {
            return .gone
        }
    }

    private func each<Answer: Sendable>(
        _ ids: [EventID], _ ask: @escaping @Sendable (EventID) async throws -> Answer
    ) async throws -> [(EventID, Answer)] {
        try await withThrowingTaskGroup(of: (EventID, Answer).self) { group in
            var rest = ids[...]
            for id in rest.prefix(Self.width) { group.addTask { (id, try await ask(id)) } }
            rest = rest.dropFirst(Self.width)
            var answers: [(EventID, Answer)] = []
            while let answer = try await group.next() {
                answers.append(answer)
                if let id = rest.popFirst() { group.addTask { (id, try await ask(id)) } }
            }
            return answers
        }
    }
}

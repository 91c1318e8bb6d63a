import FleetCore
import Foundation
import Redis

// Two steps, because Lua can neither seal tokens nor judge what producers wrote:
//   take    payloads leave the ingress lists for `items`, under a number and a deadline
//   store   what the worker made of them takes its place; items are gone
// One batch is in flight at a time: two that are stored out of order would break the order of a connection. A batch
// whose worker died is taken over as it lies.

/// Moves what producers push into the lanes.
package struct JobIntake: Sendable {
    /// How a batch is taken.
    package struct Terms: Sendable {
        /// The most payloads; 1-1,000. Bytes are bounded too, at 256 KiB or a payload more.
        package var limit = 256
        /// How long others leave the batch alone.
        package var deadline: Duration = .seconds(2)

        /// 256 payloads for 2 s.
        package init() {}
    }

    let store: Store
    private let terms: Terms

    /// The intake of `store`.
    package init(_ store: Store, terms: Terms = Terms()) {
        precondition((1...1000).contains(terms.limit), "a batch is for 1 to 1,000 payloads")
        self.store = store
        self.terms = terms
    }

    /// Takes the next batch. One round trip; repeated by the same owner it brings the same payloads.
    package func take(_ owner: Owner) async throws(StoreError) -> TakeReply {
        let reply = try await store.call(.takePayloads, .intake) { _ in
            [.string(owner.name)] + takeArguments(limit: terms.limit)
        }
        guard let take = read(reply) else { throw store.unexpected(.takePayloads) }
        return take
    }

    /// Stores a batch: one decision for each of its payloads, in order; then takes the next if `takingNext`. One round
    /// trip, safe to repeat.
    ///
    /// - Parameter freeSlots: jobs that the caller will claim at once; if more become ready, an idle worker is told.
    package func store(
        _ batch: IntakeBatch, _ decisions: [IntakeDecision], by owner: Owner, freeSlots: Int, takingNext: Bool
    ) async throws(StoreError) -> StoreReply {
        precondition(decisions.count == batch.payloads.count, "one decision for each payload")
        var arguments: [RedisValue] = [
            .string(owner.name), .string(batch.number), .integer(store.options.idsSeconds),
            .integer(store.options.resultsCap), .integer(freeSlots), .string(Failures.notConnected),
            .string(Failures.ambiguous),
        ]
        arguments.reserveCapacity(12 + 4 * decisions.count)
        arguments += takeArguments(limit: takingNext ? terms.limit : 0)
        arguments.append(.integer(decisions.count))
        for decision in decisions { decision.append(to: &arguments) }
        let reply = try await store.call(.storeJobs, .intake) { _ in arguments }
        guard reply[0]?.string == "1" else { return .superseded }
        guard let jobs = reply[1]?.int, let duplicates = reply[2]?.int, let rejected = reply[3]?.int,
            let unresolved = reply[4]?.int, let next = reply[5]
        else { throw store.unexpected(.storeJobs) }
        let report = StoreReport(jobs: jobs, duplicates: duplicates, rejected: rejected, unresolved: unresolved)
        return .stored(report, next: takingNext ? read(next) : nil)
    }

    /// Lets payloads of versions up to `version` that were put aside go through intake again: a few at a time, in the
    /// order in which they came, behind what waits there. One round trip; a repeat takes up more.
    ///
    /// - Returns: how many, and whether there are more.
    package func takeUp(version: Int, limit: Int = 64) async throws(StoreError) -> (payloads: Int, isMore: Bool) {
        let reply = try await store.call(.takeUpNewer, .intake) { _ in [.integer(version), .integer(limit)] }
        guard let payloads = reply[0]?.int else { throw store.unexpected(.takeUpNewer) }
        return (payloads, reply[1]?.string == "1")
    }

    private func takeArguments(limit: Int) -> [RedisValue] {
        [.integer(limit), .integer(terms.deadline.milliseconds), .integer(store.options.maximumPayload)]
    }

    /// What includes/takeBatch.lua answers.
    private func read(_ reply: RedisReply) -> TakeReply? {
        guard let parts = reply.array, let first = parts.first?.string else { return nil }
        if first == "0" { return parts.count > 1 ? parts[1].date.map { .busy(until: $0) } : nil }
        guard parts.count >= 5, let number = parts[1].string, let takenAt = parts[2].date, let kinds = parts[3].string
        else { return nil }
        let payloads = parts.dropFirst(5).compactMap(\.bytes)
        let sources = Self.sources(kinds)
        guard sources.count == payloads.count else { return nil }
        let wrong = (parts[4].string ?? "").split(separator: " ").map(String.init)
        return .batch(
            IntakeBatch(
                number: number, takenAt: takenAt,
                payloads: zip(sources, payloads).map { source, bytes in
                    RawPayload(list: source.list, bytes: bytes, length: source.length)
                }, wrongLists: wrong))
    }

    /// Reads `ggsS2000000;d`: a letter for each payload, in upper case with the length of one that was too long.
    private static func sources(_ kinds: String) -> [(list: IngressList, length: Int?)] {
        var sources: [(list: IngressList, length: Int?)] = []
        var rest = kinds[...]
        while let letter = rest.popFirst() {
            guard let list = IngressList(letter: Character(letter.lowercased())) else { return [] }
            guard letter.isUppercase else {
                sources.append((list, nil))
                continue
            }
            let digits = rest.prefix { $0 != ";" }
            rest = rest.dropFirst(digits.count + 1)
            sources.append((list, Int(digits)))
        }
        return sources
    }
}

extension IntakeDecision {
    /// As storeJobs.lua reads it.
    fileprivate func append(to arguments: inout [RedisValue]) {
        switch self {
        case .job(let record, let connection, let isOwnID):
            arguments.append("J")
            arguments.append(.string(connection.description))
            arguments.append(.string(isOwnID ? "" : "\(connection.tenant.rawValue):\(record.id.rawValue)"))
            arguments.append(.bytes(record.encoded()))
        case .jobByCalendar(let record, let tenant, let calendar, let isOwnID):
            arguments.append("C")
            arguments.append(.string("\(tenant.rawValue):\(calendar.rawValue)"))
            arguments.append(.string(isOwnID ? "" : "\(tenant.rawValue):\(record.id.rawValue)"))
            arguments.append(.bytes(record.encoded()))
        case .rejected(let result, let kept):
            arguments.append("R")
            arguments.append(.string("\(result.tenant?.rawValue ?? ""):\(result.jobID.rawValue)"))
            arguments.append(.bytes(kept))
            arguments.append(.string(result.error?.json() ?? ""))
            arguments.append(fields: result.fields())
        case .newerVersion(let aside):
            arguments.append("N")
            arguments.append(.integer(aside.version))
            arguments.append(.bytes(aside.encoded))
        }
    }
}

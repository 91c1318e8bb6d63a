package import FleetCore
import Redis

// Graph's rounds make sense only whole: an event may be removed on one page and present again on the next, and a
// series' master may come after its occurrences. So pages are kept here until the delta link is reached; a worker that
// takes over after a crash goes on from the last page's position. stage:LANE is a list of "position LF page".

/// The pages of rounds that aren't complete yet.
package struct Staging: Sendable {
    /// What is staged of a lane's round.
    package struct Round: Sendable, Equatable {
        /// Number of pages.
        package let count: Int
        /// Where the last page said to go on; nil if it was the round's last, or there is none.
        package let position: DeltaToken?
    }

    let store: Store

    /// The pages in `store`.
    package init(_ store: Store) { self.store = store }

    /// Keeps page `number` (counted from 0), after which the round goes on at `next`, nil when it is complete. Fenced.
    /// A page that is there already is left as it is.
    package func stage(
        _ page: [UInt8], number: Int, next: DeltaToken?, _ lease: Lease
    ) async throws(StoreError) -> FencedOutcome {
        let answer = try await step(lease, number: number, next: next?.rawValue ?? "", page: page)
        guard answer != "2" else {
            throw StoreError(.internal, "stage a page", hint: "page \(number) came before the ones ahead of it")
        }
        return answer == "1" ? .done : .fencedOut
    }

    /// Drops what is staged, and a mirror in the making. Fenced.
    package func drop(_ lease: Lease) async throws(StoreError) -> FencedOutcome {
        try await step(lease, number: -1, next: "", page: []) == "1" ? .done : .fencedOut
    }

    private func step(_ lease: Lease, number: Int, next: String, page: [UInt8]) async throws(StoreError) -> String? {
        try await store.call(.stagePage) { _ in
            [
                .string(lease.owner.name), .string(lease.lane.description), .string(lease.fence.description),
                .integer(number), .string(next), .bytes(page),
            ]
        }.string
    }

    /// How far the round is. Two commands.
    package func round(_ connection: ConnectionID) async throws(StoreError) -> Round {
        let key = RedisValue(store.keys.stage(connection))
        let count = try await store.send(["LLEN", key], "count staged pages").int ?? 0
        guard count > 0 else { return Round(count: 0, position: nil) }
        let last = try await store.send(["LINDEX", key, -1], "read the staged position").bytes ?? []
        let position = Self.divided(last).position
        return Round(count: count, position: position.isEmpty ? nil : DeltaToken(position))
    }

    /// Pages from `first` on, at most `count` of them, as they were staged.
    package func pages(
        _ connection: ConnectionID, from first: Int, count: Int
    ) async throws(StoreError) -> [[UInt8]] {
        let command: RedisCommand = [
            "LRANGE", RedisValue(store.keys.stage(connection)), .integer(first), .integer(first + count - 1),
        ]
        let reply = try await store.send(command, "read staged pages")
        return (reply.array ?? []).map { Array(Self.divided($0.bytes ?? []).page) }
    }

    private static func divided(_ entry: [UInt8]) -> (position: String, page: ArraySlice<UInt8>) {
        guard let end = entry.firstIndex(of: UInt8(ascii: "\n")) else { return ("", []) }
        return (String(decoding: entry[..<end], as: UTF8.self), entry[(end + 1)...])
    }
}

import Redis

/// Which states of consents were used: each may be once, at whichever gateway.
package struct UsedStates: Sendable {
    private let store: Store

    /// Those of `store`.
    package init(_ store: Store) { self.store = store }

    /// Uses a state. False if it was used before. One round trip; remembered for `seconds`, which must be at least what
    /// a state is valid for.
    ///
    /// A call whose reply was lost and that is repeated says false, too: the user begins anew, which is the safe side.
    package func use(_ nonce: String, seconds: Int) async throws(StoreError) -> Bool {
        let reply = try await store.send(
            ["SET", RedisValue(store.keys.usedState(nonce)), "1", "NX", "EX", .integer(seconds)], "use a consent state")
        return reply.string == "OK"
    }
}

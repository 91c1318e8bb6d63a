/// Polls until `condition` holds, at most `limit`; polls every 2 ms, so it returns soon after it holds.
///
/// For states that announce nothing. Where a part can announce progress, await that.
///
/// - Throws: `TestSupportError` naming `what` when the time has passed.
package func eventually(
    _ what: String, within limit: Duration = .seconds(10),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit) { () -> Bool? in try await condition() ? true : nil }
}

/// Polls until `value` returns something, and returns that; else like `eventually(_:within:_:)`.
package func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(10),
    _ value: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + limit
    while true {
        if let value = try await value() { return value }
        guard ContinuousClock.now < end else { throw TestSupportError("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

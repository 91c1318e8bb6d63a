/// Runs `body` and cancels it when `limit` has passed.
///
/// `body` must heed cancellation: this returns only when it has. If it finishes with a value all the same, the value is
/// returned, as what was done should not be lost; if it throws after the deadline, `failure` is thrown in its place.
/// Costs two child tasks.
///
/// - Throws: `failure` when the deadline passed, else what `body` throws; `CancellationError` when cancelled from
///   outside and `body` says so.
package func withDeadline<Value: Sendable>(
    _ limit: Duration, on reactor: Reactor,
    throwing failure: @autoclosure () -> any Error = ReactorError.deadlineExceeded,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    var late = false
    let result = await withTaskGroup(of: Racer<Value>.self) { group in
        group.addTask {
            do { return .body(.success(try await body())) } catch { return .body(.failure(error)) }
        }
        group.addTask {
            // A sleep that was cut short is no deadline.
            do { try await reactor.sleep(for: limit) } catch { return .deadline(passed: false) }
            return .deadline(passed: true)
        }
        while let first = await group.next() {
            if case .body(let result) = first {
                group.cancelAll()
                return result
            }
            if case .deadline(passed: true) = first {
                late = true
                group.cancelAll()
            }
        }
        return .failure(CancellationError())
    }
    if late, case .failure = result { throw failure() }
    return try result.get()
}

private enum Racer<Value: Sendable>: Sendable {
    case body(Result<Value, any Error>)
    case deadline(passed: Bool)
}

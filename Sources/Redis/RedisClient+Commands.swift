import Reactor

extension RedisClient {
    private typealias Continuation = UnsafeContinuation<Result<RedisReply, RedisError>, Never>

    /// Sends a command and returns its reply. One round trip, shared with whatever else leaves in this turn.
    ///
    /// Cancelling answers at once with `cancelled`; Redis executes the command all the same if it was issued before.
    ///
    /// - Parameter timeout: how long to wait for the reply; the configuration's when nil.
    /// - Throws: an error reply as its kind; `timedOut`, `outcomeUnknown`, `cancelled` (look at `outcomeIsUnknown`);
    ///   `notConnected` and `overloaded`, when it surely was not executed.
    @discardableResult
    package func send(_ command: RedisCommand, timeout: Duration? = nil) async throws(RedisError) -> RedisReply {
        guard reactor.isOnLoop else {
            return try await withTaskExecutorPreference(reactor) { () async throws(RedisError) in
                try await send(command, timeout: timeout)
            }
        }
        return try await perform(timeout) { $0.append(command) }
    }

    /// Runs a script by its digest, and by its text when Redis doesn't have it (any more): one round trip, or two.
    ///
    /// With the second round trip it runs later than commands issued after it. A script whose connection was lost may
    /// have run: it must be safe to repeat.
    ///
    /// - Parameters:
    ///   - keys: `KEYS` of the script.
    ///   - arguments: `ARGV` of the script.
    ///   - timeout: per round trip; the configuration's when nil.
    /// - Throws: as `send`; an error raised by the script comes with the kind of its code.
    @discardableResult
    package func evaluate(
        _ script: RedisScript, keys: [RedisValue], arguments: [RedisValue] = [], timeout: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        guard reactor.isOnLoop else {
            return try await withTaskExecutorPreference(reactor) { () async throws(RedisError) in
                try await evaluate(script, keys: keys, arguments: arguments, timeout: timeout)
            }
        }
        do {
            return try await perform(timeout) { buffer in
                buffer.append(script, full: false, keys: keys, arguments: arguments)
            }
        } catch {
            guard error.kind == .noScript else { throw error }
            return try await perform(timeout) { buffer in
                buffer.append(script, full: true, keys: keys, arguments: arguments)
            }
        }
    }

    /// Sends several commands with nothing of other tasks between them (so `MULTI` ... `EXEC` works) and returns a
    /// reply for each, error replies among them as `.error`. One round trip.
    ///
    /// - Throws: when one has no reply: `timedOut`, `outcomeUnknown`, `cancelled`, `notConnected`, `overloaded`. Others
    ///   of the batch may have been executed.
    package func sendAll(
        _ commands: [RedisCommand], timeout: Duration? = nil
    ) async throws(RedisError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        guard reactor.isOnLoop else {
            return try await withTaskExecutorPreference(reactor) { () async throws(RedisError) in
                try await sendAll(commands, timeout: timeout)
            }
        }
        let first = connection.ticket(count: commands.count)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation {
                (continuation: UnsafeContinuation<Result<[RedisReply], RedisError>, Never>) in
                if Task.isCancelled { return continuation.resume(returning: .failure(RedisError(.cancelled))) }
                let batch = Batch(count: commands.count, continuation)
                for (index, command) in commands.enumerated() {
                    connection.submit(
                        .part(of: batch, index: index), ticket: first + UInt64(index),
                        timeout: timeout ?? configuration.commandTimeout, encode: { $0.append(command) })
                }
            }
        } onCancel: {
            reactor.executeNowOrLater { [connection] in connection.cancel(first, count: commands.count) }
        }
        return try result.get()
    }

    /// Sends a command on which Redis waits, such as `BLMOVE` with a timeout, on a client that is used for nothing
    /// else.
    ///
    /// Cancelling ends Redis's wait through `CLIENT UNBLOCK` on `other`, and this returns what Redis answered: `null`,
    /// or the element if one came at that moment, so that nothing is lost. Without `other`, or when that doesn't help
    /// within a second, the connection is closed, and this throws `cancelled` with an unknown outcome.
    ///
    /// - Parameters:
    ///   - limit: more than the command's own timeout; without a reply by then the connection is closed.
    ///   - other: a connected client of the same Redis and the same reactor.
    /// - Throws: as `send`.
    package func sendBlocking(
        _ command: RedisCommand, limit: Duration, unblockedBy other: RedisClient? = nil
    ) async throws(RedisError) -> RedisReply {
        guard reactor.isOnLoop else {
            return try await withTaskExecutorPreference(reactor) { () async throws(RedisError) in
                try await sendBlocking(command, limit: limit, unblockedBy: other)
            }
        }
        precondition(other == nil || other?.reactor === reactor, "both clients live on one reactor")
        let ticket = connection.ticket()
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Continuation) in
                if Task.isCancelled { return continuation.resume(returning: .failure(RedisError(.cancelled))) }
                connection.submit(.blocking(continuation), ticket: ticket, timeout: limit) { $0.append(command) }
            }
        } onCancel: {
            reactor.executeNowOrLater { [connection] in connection.unblock(ticket, by: other?.connection) }
        }
        return try result.get()
    }

    /// On the loop. The ticket is taken before the wait begins, as the cancellation handler needs it then.
    private func perform(
        _ timeout: Duration?, _ encode: (inout RESPBuffer) -> Void
    ) async throws(RedisError) -> RedisReply {
        let ticket = connection.ticket()
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Continuation) in
                if Task.isCancelled { return continuation.resume(returning: .failure(RedisError(.cancelled))) }
                connection.submit(
                    .single(continuation), ticket: ticket, timeout: timeout ?? configuration.commandTimeout,
                    encode: encode)
            }
        } onCancel: {
            reactor.executeNowOrLater { [connection] in connection.cancel(ticket) }
        }
        return try result.get()
    }
}

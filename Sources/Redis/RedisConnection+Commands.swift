import Reactor

extension RedisConnection {
    /// Encodes a command and sends it at the end of the turn, with whatever else the turn encodes. Its waiter hears of
    /// it exactly once, also when it can't be sent at all.
    func submit(
        _ waiter: Waiter, ticket: UInt64, timeout: Duration, encode: (inout RESPBuffer) -> Void
    ) {
        reactor.preconditionOnLoop()
        guard phase == .ready else {
            return finish(waiter, .failure(RedisError(.notConnected, closeReasonText)))
        }
        guard pipeline.pending.count < configuration.maximumPending else {
            return finish(waiter, .failure(RedisError(.overloaded, "\(configuration.maximumPending) without a reply")))
        }
        guard pipeline.buffer.count < configuration.maximumBufferedBytes else {
            return finish(
                waiter, .failure(RedisError(.overloaded, "\(configuration.maximumBufferedBytes) bytes not sent")))
        }
        let deadline = reactor.loopTime.addingClamped(timeout.clampedNanoseconds)
        pipeline.append(waiter, ticket: ticket, deadline: deadline, encode: encode)
        counters.sent()
        checkDeadlines(by: deadline)
        if !isFlushScheduled {
            isFlushScheduled = true
            reactor.atTurnEnd(self)
        } else if pipeline.buffer.count > Self.earlyFlushBytes, writeNeeds == nil {
            // A long turn: let Redis begin while we still encode.
            flush()
        }
    }

    /// Half of a default socket buffer: further bytes would only wait in the kernel instead of here.
    private static let earlyFlushBytes = 64 << 10

    /// Answers the waiter at once with `cancelled`; the reply is dropped when it comes.
    func cancel(_ ticket: UInt64, count: Int = 1) {
        reactor.preconditionOnLoop()
        for ticket in ticket..<(ticket + UInt64(count)) {
            guard let waiter = pipeline.abandon(ticket) else { continue }
            finish(waiter, .failure(RedisError(.cancelled, outcomeIsUnknown: true)))
        }
    }
}

// MARK: - Deadlines

extension RedisConnection {
    // One timer for all commands. Most have the same timeout, so a new command's deadline is nearly always later than
    // the one the timer is set for, and costs a comparison. When the timer fires it looks through the pipeline and is
    // set for the earliest deadline left.
    private func checkDeadlines(by deadline: Int64) {
        if let deadlineCheck {
            guard deadline < deadlineCheck.at else { return }
            reactor.cancel(deadlineCheck.token)
        }
        let token = reactor.schedule(after: .nanoseconds(deadline - reactor.loopTime)) { [self] in
            deadlineCheck = nil
            expire()
        }
        deadlineCheck = (token, deadline)
    }

    private func expire() {
        let now = reactor.loopTime
        let grace = configuration.stallGrace.clampedNanoseconds
        var isUseless = pipeline.isStalled(now: now, grace: grace)
        for waiter in pipeline.expire(now: now) {
            if case .blocking = waiter { isUseless = true }
            counters.timedOut()
            finish(waiter, .failure(RedisError(.timedOut, outcomeIsUnknown: true)))
        }
        if isUseless { return close(RedisError(.timedOut, "a command has been without a reply for too long")) }
        if let next = pipeline.nextCheck(grace: grace) { checkDeadlines(by: max(next, now + 1_000_000)) }
    }
}

// MARK: - Commands on which Redis waits

extension RedisConnection {
    /// Ends the wait of a blocking command: by `CLIENT UNBLOCK` on another connection, so that its real outcome still
    /// comes, or by closing.
    ///
    /// The unblocking can overtake the command, then it is 0 and repeated. If nothing helps within `grace`, this
    /// closes.
    func unblock(_ ticket: UInt64, by other: RedisConnection?, grace: Duration = .seconds(1)) {
        reactor.preconditionOnLoop()
        guard pipeline.isPending(ticket) else { return }
        let limit = reactor.loopTime.addingClamped(grace.clampedNanoseconds)
        guard let other, other !== self, other.phase == .ready, let clientID else { return abandonBlocking(ticket) }
        unblock(ticket, clientID: clientID, by: other, until: limit)
    }

    private func unblock(_ ticket: UInt64, clientID: Int, by other: RedisConnection, until limit: Int64) {
        let again: (Result<RedisReply, RedisError>) -> Void = { [self] _ in
            // Unblocked or not, what counts is whether the reply is there; it comes on another socket than this one.
            reactor.schedule(after: .milliseconds(5)) { [self] in
                guard pipeline.isPending(ticket) else { return }
                guard reactor.loopTime < limit, other.phase == .ready else { return abandonBlocking(ticket) }
                unblock(ticket, clientID: clientID, by: other, until: limit)
            }
        }
        other.submit(.call(again), ticket: other.ticket(), timeout: .seconds(1)) { buffer in
            buffer.append(["CLIENT", "UNBLOCK", .integer(clientID)])
        }
    }

    private func abandonBlocking(_ ticket: UInt64) {
        guard let waiter = pipeline.abandon(ticket) else { return }
        finish(waiter, .failure(RedisError(.cancelled, outcomeIsUnknown: true)))
        close(RedisError(.cancelled))
    }
}

/// Several commands that one task waits for together.
final class Batch {
    private var replies: [RedisReply]
    private var left: Int
    private var failure: RedisError?
    private let continuation: UnsafeContinuation<Result<[RedisReply], RedisError>, Never>

    init(count: Int, _ continuation: UnsafeContinuation<Result<[RedisReply], RedisError>, Never>) {
        replies = Array(repeating: .null, count: count)
        left = count
        self.continuation = continuation
    }

    /// The outcome of one; the last one resumes the task. The worst failure stands: an unknown outcome before a known
    /// one.
    func finish(_ index: Int, _ result: Result<RedisReply, RedisError>) {
        switch result {
        case .success(let reply): replies[index] = reply
        case .failure(let error):
            if failure == nil || (error.outcomeIsUnknown && failure?.outcomeIsUnknown == false) { failure = error }
        }
        left -= 1
        if left == 0 { continuation.resume(returning: failure.map(Result.failure) ?? .success(replies)) }
    }
}

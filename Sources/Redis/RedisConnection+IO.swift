import CHiredis
import Reactor
import Synchronization

extension RedisConnection: TurnEndHandler {
    /// Reads what is there, at most a megabyte a turn so that others get theirs, and answers whom it belongs to.
    func read() throws(RedisError) {
        readNeeds = .read
        for _ in 0..<16 {
            guard let transport else { return }
            switch transport.read(into: input) {
            case .bytes(let count):
                counters.received(count)
                try reader.feed(UnsafeRawBufferPointer(rebasing: input[..<count])) { (reply) throws(RedisError) in
                    try answer(reply)
                }
                counters.pending.store(pipeline.pending.count, ordering: .relaxed)
                if !configuration.url.usesTLS, count < input.count { return watchAgain() }
            case .wouldBlock(let interest):
                readNeeds = interest
                return watchAgain()
            case .closed:
                throw RedisError(.notConnected, "Redis closed the connection")
            case .failed(let error):
                throw error
            }
        }
        // More may wait inside OpenSSL, which epoll does not see.
        guard let transport, transport.hasBufferedInput else { return }
        reactor.schedule(after: .zero) { [self] in
            guard self.transport === transport else { return }
            do throws(RedisError) { try read() } catch { close(error) }
        }
    }

    private func answer(_ reply: UnsafeMutablePointer<redisReply>) throws(RedisError) {
        guard let entry = pipeline.popFirst() else {
            // Redis speaks unasked only to say that it throws us out, such as over `maxclients` or `protected-mode`.
            guard case .error(let error) = RedisReply(reply) else { throw RedisError(.malformedReply) }
            throw RedisError(refusal: error)
        }
        guard let waiter = entry.waiter else { return }
        switch (RedisReply(reply), waiter) {
        case (let value, .greeting(let step)):
            try step.check(value, on: self)
            if step.isLast { becameReady() }
        case (.error(let error), .single), (.error(let error), .blocking):
            finish(waiter, .failure(error))
        case (let value, _):
            finish(waiter, .success(value))
        }
    }

    /// Tells one waiter its outcome.
    func finish(_ waiter: Waiter, _ result: Result<RedisReply, RedisError>) {
        switch waiter {
        case .single(let continuation), .blocking(let continuation): continuation.resume(returning: result)
        case .part(let batch, let index): batch.finish(index, result)
        case .call(let call): call(result)
        case .greeting: break
        }
    }

    func turnEnded() {
        isFlushScheduled = false
        if writeNeeds == nil { flush() }
        counters.pending.store(pipeline.pending.count, ordering: .relaxed)
    }

    /// Sends what is encoded, as far as the kernel takes it.
    func flush() {
        guard let transport else { return }
        writeNeeds = nil
        while pipeline.buffer.count > 0 {
            switch pipeline.buffer.withUnsent(transport.write) {
            case .bytes(let count):
                pipeline.didSend(count)
            case .wouldBlock(let interest):
                writeNeeds = interest
                return watchAgain()
            case .closed:
                // What Redis said before it closed (a refusal, replies) is still to be read.
                do throws(RedisError) { try read() } catch { return close(error) }
                return close(RedisError(.notConnected, "Redis closed the connection"))
            case .failed(let error):
                return close(error)
            }
        }
        watchAgain()
    }

    /// Watches for reading always, for writing only while a read or a write waits for it: the socket of an idle
    /// connection is always writable.
    private func watchAgain() {
        guard let transport else { return }
        reactor.change(transport.descriptor, to: [.read, readNeeds, writeNeeds ?? .read])
    }
}

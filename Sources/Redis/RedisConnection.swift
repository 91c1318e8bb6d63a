import Reactor
import Synchronization

// One connection's life. All of it happens on the reactor's loop.
//
//     closed --open--> connecting --> [handshaking] --> greeting --> ready --close--> closed
//
//   connecting   the socket's connect is in progress
//   handshaking  TLS, when the URL says rediss
//   greeting     AUTH, SELECT, CLIENT SETNAME, CLIENT ID and PING are sent in one go; each answer is looked at.
//                PING is what tells a Redis that still loads its data from one that works.
//   ready        commands of any task are encoded into one buffer, sent once at the end of the turn
//
// `close` can come from any step: a failure, the deadline of the steps before ready, a stalled pipeline, cancellation.
// It fails what is pending (sent: outcome unknown, else: not connected) and leaves everything as new for the next
// `open`.

/// Who gets a command's reply.
enum Waiter {
    case single(UnsafeContinuation<Result<RedisReply, RedisError>, Never>)
    /// A command on which Redis may wait; without a reply in time the connection is of no use to anyone.
    case blocking(UnsafeContinuation<Result<RedisReply, RedisError>, Never>)
    case part(of: Batch, index: Int)
    case greeting(GreetingStep)
    case call((Result<RedisReply, RedisError>) -> Void)
}

/// A connection to Redis, opened again and again by its client.
///
/// `@unchecked Sendable`, the only one of this room: it holds C handles and a pipeline that only the loop's thread
/// touches; every entry checks that. Its reference alone is what other threads hold.
final class RedisConnection: @unchecked Sendable {
    enum Phase { case closed, connecting, handshaking, greeting, ready }

    typealias Opening = UnsafeContinuation<Result<Void, RedisError>, Never>

    let reactor: Reactor
    let configuration: RedisConfiguration
    let counters: RedisCounters

    private(set) var phase = Phase.closed
    var pipeline = Pipeline<Waiter>()
    /// Redis's number of this connection, for `CLIENT UNBLOCK`; nil when Redis didn't tell.
    var clientID: Int?
    var transport: Transport?
    let reader: ReplyReader
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    /// What the last write waits for; nil when it took everything.
    var writeNeeds: Interest?
    /// What the last read waits for.
    var readNeeds: Interest = .read
    var isFlushScheduled = false
    var deadlineCheck: (token: TimerToken, at: Int64)?

    private var tls: TLSContext?
    private var opening: Opening?
    private var openTimer: TimerToken?
    /// An error in the greeting that by itself would not matter; the reason when Redis closes right after it.
    var greetingError: RedisError?
    private var closing: UnsafeContinuation<RedisError, Never>?
    /// Why it was closed, for a `closed()` that comes after.
    private var closeReason = RedisError(.notConnected)
    private var nextTicket: UInt64 = 1

    /// Why there is no connection now, for people.
    var closeReasonText: String { closeReason.kind == .notConnected ? closeReason.detail : closeReason.description }

    init(reactor: Reactor, configuration: RedisConfiguration, counters: RedisCounters) {
        self.reactor = reactor
        self.configuration = configuration
        self.counters = counters
        reader = ReplyReader(maximumBytes: configuration.maximumReplyBytes)
    }

    deinit { input.deallocate() }

    /// Names a command before it is submitted, so that a cancellation can find it. Tickets grow.
    func ticket(count: Int = 1) -> UInt64 {
        defer { nextTicket &+= UInt64(count) }
        return nextTicket
    }
}

// MARK: - Open

extension RedisConnection {
    /// Connects to one address, logs in, and returns when commands can be sent. Cancelling closes.
    ///
    /// - Throws: the reason why not.
    func open(_ address: SocketAddress) async throws(RedisError) {
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Opening) in
                if Task.isCancelled { return continuation.resume(returning: .failure(RedisError(.cancelled))) }
                begin(address, continuation)
            }
        } onCancel: {
            reactor.executeNowOrLater { self.close(RedisError(.cancelled)) }
        }
        try result.get()
    }

    private func begin(_ address: SocketAddress, _ continuation: Opening) {
        reactor.preconditionOnLoop()
        reader.reset()
        precondition(phase == .closed, "a connection is opened when it is closed")
        opening = continuation
        phase = .connecting
        do {
            if configuration.url.usesTLS, tls == nil { tls = try TLSContext(configuration.url) }
            let (descriptor, isConnected) = try address.connect()
            transport = Transport(descriptor: descriptor)
            reactor.watch(descriptor, for: .write, handler: self)
            openTimer = reactor.schedule(after: configuration.connectTimeout) { [self] in
                openTimer = nil
                close(tooLate)
            }
            if isConnected { try connected() }
        } catch {
            close(error)
        }
    }

    private var tooLate: RedisError {
        switch phase {
        case .handshaking: RedisError(.tls, "TLS to Redis: no answer to the handshake; does this port speak TLS?")
        case .greeting: RedisError(.unreachable, "Redis accepts connections but does not answer")
        default: RedisError(.unreachable, "Redis did not accept the connection in time")
        }
    }

    private func connected() throws(RedisError) {
        if let tls, let transport, case .tcp(let host, _) = configuration.url.endpoint {
            try transport.startTLS(tls, host: host)
            phase = .handshaking
            try goOnWithHandshake()
        } else {
            greet()
        }
    }

    private func goOnWithHandshake() throws(RedisError) {
        guard let transport else { return }
        if let interest = try transport.handshake() {
            reactor.change(transport.descriptor, to: interest)
        } else {
            greet()
        }
    }

    private func greet() {
        phase = .greeting
        for step in GreetingStep.steps(for: configuration) {
            pipeline.append(.greeting(step), ticket: ticket(), deadline: .max) { $0.append(step.command) }
        }
        flush()
    }

    /// The last step of the greeting is answered.
    func becameReady() {
        phase = .ready
        greetingError = nil
        if let openTimer { reactor.cancel(openTimer) }
        openTimer = nil
        opening?.resume(returning: .success(()))
        opening = nil
    }
}

// MARK: - Close

extension RedisConnection {
    /// Returns, with the reason, when the connection is closed. Cancelling closes it.
    func closed() async -> RedisError {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                reactor.preconditionOnLoop()
                if phase == .closed { return continuation.resume(returning: closeReason) }
                closing = continuation
                if Task.isCancelled { close(RedisError(.cancelled)) }
            }
        } onCancel: {
            reactor.executeNowOrLater { self.close(RedisError(.cancelled)) }
        }
    }

    /// Closes and tells everyone. Nothing when it is closed.
    func close(_ reason: RedisError) {
        reactor.preconditionOnLoop()
        guard phase != .closed else { return }
        // "max number of clients reached" comes as the answer to whatever was sent first.
        let isRefused = phase == .greeting && reason.kind == .notConnected
        var reason = isRefused ? greetingError.map(RedisError.init(refusal:)) ?? reason : reason
        // TLS that breaks later is no fault of certificates, but a lost connection like any other.
        if phase == .ready, reason.kind == .tls { reason = RedisError(.notConnected, reason.detail) }
        phase = .closed
        closeReason = reason
        greetingError = nil
        if let transport {
            reactor.unwatch(transport.descriptor)
            transport.close()
        }
        transport = nil
        if let openTimer { reactor.cancel(openTimer) }
        if let deadlineCheck { reactor.cancel(deadlineCheck.token) }
        (openTimer, deadlineCheck, clientID, writeNeeds, readNeeds) = (nil, nil, nil, nil, .read)
        let lost = pipeline.removeAll()
        counters.pending.store(0, ordering: .relaxed)
        for (waiter, wasSent) in lost {
            let error =
                wasSent
                ? RedisError(.outcomeUnknown, reason.detail, outcomeIsUnknown: true)
                : RedisError(.notConnected, reason.description)
            finish(waiter, .failure(error))
        }
        opening?.resume(returning: .failure(reason))
        closing?.resume(returning: reason)
        (opening, closing) = (nil, nil)
    }
}

// MARK: - Events

extension RedisConnection: DescriptorHandler {
    func descriptorReady(_ descriptor: Int32, _ ready: Interest) {
        do throws(RedisError) {
            switch phase {
            case .closed:
                break
            case .connecting:
                if let failure = SocketAddress.connectResult(descriptor) { throw failure }
                try connected()
            case .handshaking:
                try goOnWithHandshake()
            case .greeting, .ready:
                if ready != .write || readNeeds == .write { try read() }
                if phase != .closed, writeNeeds != nil { flush() }
            }
        } catch {
            close(error)
        }
    }
}

import Glibc
import Synchronization

/// Host names to addresses, without blocking the loop.
enum Resolver {
    /// The addresses of an endpoint, in the order in which to try them.
    ///
    /// A numeric address and a unix path answer at once. A name goes to getaddrinfo on a thread of its own, as it may
    /// read files and wait for DNS; when the task is cancelled the thread ends by itself later (resolv.conf bounds it,
    /// by default at 5 s per server and attempt).
    static func addresses(of endpoint: RedisURL.Endpoint) async throws(RedisError) -> [SocketAddress] {
        switch endpoint {
        case .unix(let path): return [SocketAddress(path: path)]
        case .tcp(let host, let port):
            if let numeric = try? look(up: host, port: port, flags: AI_NUMERICHOST) { return numeric }
            let answer = Answer()
            let result = await withTaskCancellationHandler {
                await withUnsafeContinuation { (continuation: Answer.Continuation) in
                    guard answer.begin(continuation) else { return }
                    startThread {
                        answer.finish(Result { () throws(RedisError) in try look(up: host, port: port, flags: 0) })
                    }
                }
            } onCancel: {
                answer.finish(.failure(RedisError(.cancelled)))
            }
            return try result.get()
        }
    }

    private static func look(up host: String, port: Int, flags: Int32) throws(RedisError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, "\(port)", &hints, &list)
        guard failure == 0 else {
            throw RedisError(
                .unreachable, "cannot resolve the Redis host \(host): \(String(cString: gai_strerror(failure)))")
        }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.prefix(16).compactMap {
            entry in
            entry.map { SocketAddress($0.pointee) }
        }
    }

    private static func startThread(_ work: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(ThreadWork(work))
        var thread = pthread_t()
        let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument else { return nil }
            Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().work()
            return nil
        }
        guard pthread_create(&thread, nil, main, box.toOpaque()) == 0 else {
            // No thread to be had: better late than never.
            return box.takeRetainedValue().work()
        }
        pthread_detach(thread)
    }
}

private final class ThreadWork: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
}

/// The one who waits for a look-up: resumed by the thread or by cancellation, whichever is first.
private final class Answer: Sendable {
    typealias Continuation = UnsafeContinuation<Result<[SocketAddress], RedisError>, Never>

    private enum State {
        case waiting(Continuation?)
        case finished
    }

    private let state = Mutex(State.waiting(nil))

    /// False when the task was cancelled before; it is resumed then.
    func begin(_ continuation: Continuation) -> Bool {
        let waits = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .waiting(continuation)
            return true
        }
        if !waits { continuation.resume(returning: .failure(RedisError(.cancelled))) }
        return waits
    }

    func finish(_ result: Result<[SocketAddress], RedisError>) {
        let continuation: Continuation? = state.withLock { state in
            guard case .waiting(let continuation) = state else { return nil }
            state = .finished
            return continuation
        }
        continuation?.resume(returning: result)
    }
}

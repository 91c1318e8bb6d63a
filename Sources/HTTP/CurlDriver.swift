import CCurl
import Glibc
import Reactor

// libcurl on the reactor.
//
// libcurl says which sockets it wants watched (socket callback) and when it wants to be called at the latest (timer
// callback); the reactor tells it that a socket is ready or the time has come (`curl_multi_socket_action`), and after
// each such call the finished transfers are collected.
//
//   submit -> [waits in its host's line] -> on the multi handle -> finished, cancelled or past its deadline: handle off
//
// Requests of one turn are started together at the turn's end: their first bytes leave in one go, and on HTTP/2 as one
// burst on the shared connection.
//
// Not `curl_multi_poll`: with libcurl 7.88 under HTTP/2 with 64 streams and more, answers that were already read by TLS
// waited until the poll timed out. An event on a socket here runs all transfers attached to it; and as a net under
// that, a tick looks at sockets that have been silent (`armTick`).

/// The multi handle, its sockets and its transfers.
///
/// `@unchecked Sendable`, the only one of this room: libcurl's handles may be used by one thread at a time, so
/// everything here is touched by the reactor's thread alone, which each entry checks. The entries from elsewhere go
/// through `Reactor.execute`.
final class CurlDriver: @unchecked Sendable {
    let reactor: Reactor
    let configuration: HTTPConfiguration

    // Loop only.
    var multi: UnsafeMutableRawPointer?
    var sockets: [Int32: WatchedSocket] = [:]
    var curlTimer: TimerToken?
    var tickTimer: TimerToken?
    var isTurnEndAsked = false
    /// Transfers that only the tick found finished.
    var finishedByTick = 0
    private(set) var finishedCount = 0
    private var transfers: [UInt64: Transfer] = [:]
    private var lines: HostLines<Origin, UInt64>
    private var idleHandles: [EasyHandle] = []

    /// Idle handles kept. One holds some 10 KB.
    private static let idleHandleLimit = 128

    init(reactor: Reactor, configuration: HTTPConfiguration) {
        self.reactor = reactor
        self.configuration = configuration
        lines = HostLines(
            connectionsPerHost: configuration.maximumConnectionsPerHost,
            streamsPerConnection: configuration.maximumStreamsPerConnection,
            maximumWaiting: configuration.maximumWaitingRequests)
        CurlLibrary.initialise()
        multi = curl_multi_init()
        configureMulti()
    }

    deinit {
        // `shutDown` must have run: here it may be any thread's turn, and libcurl would call back into a dying object.
        assert(multi == nil, "an HTTPClient was dropped without close()")
    }

    // MARK: - In

    /// Starts a transfer, or puts it in line. Its `finished` is called once, on the loop.
    func submit(_ transfer: Transfer) {
        reactor.preconditionOnLoop()
        guard multi != nil else {
            return transfer.finished(
                .failure(HTTPError(.closed, mayHaveBeenExecuted: false, reason: "no more requests")))
        }
        let entry = lines.enter(transfer.id, transfer.origin)
        guard entry != .full else {
            let reason = "too many requests wait for a connection"
            return transfer.finished(.failure(HTTPError(.badRequest, mayHaveBeenExecuted: false, reason: reason)))
        }
        transfers[transfer.id] = transfer
        transfer.deadline = reactor.schedule(after: transfer.request.timeout) { [self] in
            end(transfer.id, .timedOut, "deadline passed")
        }
        if entry == .runs { start(transfer) }
    }

    /// Ends a transfer before its time; nothing happens if it has ended.
    func end(_ id: UInt64, _ kind: HTTPError.Kind, _ reason: String) {
        reactor.preconditionOnLoop()
        guard let transfer = transfers[id] else { return }
        let error = HTTPError(kind, mayHaveBeenExecuted: transfer.mayHaveBeenExecuted, reason: reason)
        finish(transfer, .failure(error))
    }

    /// Ends all transfers and gives everything back.
    func shutDown() {
        reactor.preconditionOnLoop()
        guard let multi else { return }
        self.multi = nil
        for transfer in transfers.values {
            if let easy = transfer.easy { curl_multi_remove_handle(multi, easy.pointer) }
            if let deadline = transfer.deadline { reactor.cancel(deadline) }
            let error = HTTPError(
                .closed, mayHaveBeenExecuted: transfer.mayHaveBeenExecuted, reason: "closed under the request")
            transfer.finished(.failure(error))
        }
        transfers = [:]
        idleHandles = []
        curl_multi_cleanup(multi)
        stopWatching()
    }

    // MARK: - Start and finish

    private func start(_ transfer: Transfer) {
        guard let multi else { return }
        transfer.isRunning = true
        guard let easy = idleHandles.popLast() ?? EasyHandle() else { return failSoon(transfer, CURLE_OUT_OF_MEMORY) }
        transfer.easy = easy
        let code = easy.prepare(transfer, configuration)
        guard code == CURLE_OK else { return failSoon(transfer, code) }
        guard curl_multi_add_handle(multi, easy.pointer) == CURLM_OK else {
            return failSoon(transfer, CURLE_FAILED_INIT)
        }
        armTick()
    }

    private func startAgain(_ transfer: Transfer) {
        release(transfer)
        reactor.schedule(after: .zero) { [self] in
            if transfers[transfer.id] != nil { start(transfer) }
        }
    }

    /// In a turn of its own: a failed start lets the next in line start, and a long line must not become a deep stack.
    private func failSoon(_ transfer: Transfer, _ code: CURLcode) {
        reactor.schedule(after: .zero) { [self] in
            if transfers[transfer.id] != nil { fail(transfer, code) }
        }
    }

    private func fail(_ transfer: Transfer, _ code: CURLcode) {
        finish(transfer, .failure(transfer.failure(code)))
    }

    private func finish(_ transfer: Transfer, _ result: Result<HTTPResponse, HTTPError>) {
        transfers[transfer.id] = nil
        if let deadline = transfer.deadline { reactor.cancel(deadline) }
        var exit = HostLines<Origin, UInt64>.Exit.failed
        if case .success(let response) = result {
            let openedConnections = transfer.easy?.openedConnections ?? 0
            exit = .answered(multiplexed: response.version == .http2, overNewConnection: openedConnections > 0)
        }
        release(transfer)
        transfer.finished(result)
        if transfer.isRunning {
            startWaiting(lines.leave(transfer.id, transfer.origin, exit))
        } else {
            lines.abandon(transfer.id, transfer.origin)
        }
    }

    private func startWaiting(_ ids: [UInt64]) {
        for id in ids {
            if let transfer = transfers[id] { start(transfer) }
        }
    }

    private func release(_ transfer: Transfer) {
        guard let easy = transfer.easy, let multi else { return }
        transfer.easy = nil
        curl_multi_remove_handle(multi, easy.pointer)
        easy.reset()
        if idleHandles.count < Self.idleHandleLimit { idleHandles.append(easy) }
    }

    // MARK: - Turning libcurl

    var hasRunningTransfers: Bool { transfers.values.contains { $0.isRunning } }

    /// Lets libcurl work on a socket, or on what is due (`CURL_SOCKET_TIMEOUT`), and collects what that finished.
    func act(_ socket: Int32, _ ready: Int32) {
        guard let multi else { return }
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, ready, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = fleet_curl_message_result(message)
            guard let transfer = EasyHandle.transfer(of: handle) else { continue }
            collect(transfer, code)
        }
    }

    private func collect(_ transfer: Transfer, _ code: CURLcode) {
        finishedCount += 1
        guard code == CURLE_OK, let easy = transfer.easy else {
            return transfer.mayRepeat(code) ? startAgain(transfer) : fail(transfer, code)
        }
        guard (100...599).contains(easy.status) else { return fail(transfer, CURLE_WEIRD_SERVER_REPLY) }
        let answer = transfer.answer
        finish(
            transfer,
            .success(
                HTTPResponse(status: easy.status, headers: answer.headers, body: answer.body, version: easy.version)))
    }
}

/// libcurl's process-wide part.
private enum CurlLibrary {
    /// Once for the process; a static's initialiser runs once whoever comes first.
    private static let result = fleet_curl_global_init()

    static func initialise() {
        precondition(result == CURLE_OK, "libcurl can't start")
        // With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to us, and OpenSSL writes without MSG_NOSIGNAL in older
        // versions: a server that hangs up would end the process.
        signal(SIGPIPE, SIG_IGN)
    }
}

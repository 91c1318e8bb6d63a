import CCurl
import Reactor

/// A socket that libcurl wants watched.
struct WatchedSocket {
    var interest: Interest
    /// Whether it was ready since the last tick.
    var wasActive = true
}

extension CurlDriver {
    /// How long a socket may be silent before libcurl looks at it unasked.
    private static var tick: Duration { .milliseconds(100) }

    func configureMulti() {
        guard let multi else { preconditionFailure("libcurl has no memory for a multi handle") }
        let context = Unmanaged.passUnretained(self).toOpaque()
        var codes = [
            fleet_curl_multi_set_socket_callback(multi, MultiCallbacks.socket),
            fleet_curl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context),
            fleet_curl_multi_set_timer_callback(multi, MultiCallbacks.timer),
            fleet_curl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context),
        ]
        let limits = [
            (CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX)),
            (CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost),
            (CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections),
            (CURLMOPT_MAXCONNECTS, configuration.maximumConnections),
            (CURLMOPT_MAX_CONCURRENT_STREAMS, configuration.maximumStreamsPerConnection),
        ]
        for (option, value) in limits { codes.append(fleet_curl_multi_set_long(multi, option, value)) }
        precondition(codes.allSatisfy { $0 == CURLM_OK }, "libcurl refuses an option of its multi handle")
    }

    // MARK: - libcurl says what it wants

    fileprivate func want(_ socket: Int32, _ what: Int32) {
        var interest: Interest = []
        if what == CURL_POLL_IN || what == CURL_POLL_INOUT { interest.insert(.read) }
        if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { interest.insert(.write) }
        if what == CURL_POLL_REMOVE {
            sockets[socket] = nil
            reactor.unwatch(socket)
        } else if sockets[socket] == nil {
            sockets[socket] = WatchedSocket(interest: interest)
            reactor.watch(socket, for: interest, handler: self)
        } else {
            sockets[socket]?.interest = interest
            reactor.change(socket, to: interest)
        }
    }

    /// libcurl must not be called from within its own callbacks: "now" becomes the end of this turn.
    fileprivate func wantTimer(_ milliseconds: Int) {
        if let curlTimer { reactor.cancel(curlTimer) }
        curlTimer = nil
        if milliseconds > 0 {
            curlTimer = reactor.schedule(after: .milliseconds(milliseconds)) { [self] in
                curlTimer = nil
                act(CURL_SOCKET_TIMEOUT, 0)
            }
        } else if milliseconds == 0, !isTurnEndAsked {
            isTurnEndAsked = true
            reactor.atTurnEnd(self)
        }
    }

    // MARK: - The net under it

    /// Keeps one tick running while transfers are open.
    func armTick() {
        guard tickTimer == nil else { return }
        tickTimer = reactor.schedule(after: Self.tick) { [self] in
            tickTimer = nil
            lookAtSilentSockets()
            if hasRunningTransfers { armTick() }
        }
    }

    /// What TLS has read already makes no socket readable. If an answer were left there, its socket would stay silent
    /// for ever; a look at each silent socket costs one read that finds nothing.
    private func lookAtSilentSockets() {
        let before = finishedCount
        for socket in Array(sockets.keys) {
            guard let watched = sockets[socket] else { continue }
            sockets[socket]?.wasActive = false
            if !watched.wasActive, watched.interest.contains(.read) { act(socket, CURL_CSELECT_IN) }
        }
        finishedByTick += finishedCount - before
        act(CURL_SOCKET_TIMEOUT, 0)
    }

    func stopWatching() {
        for socket in sockets.keys { reactor.unwatch(socket) }
        sockets = [:]
        for timer in [curlTimer, tickTimer] { if let timer { reactor.cancel(timer) } }
        curlTimer = nil
        tickTimer = nil
    }
}

// MARK: - The reactor says what happened

extension CurlDriver: DescriptorHandler, TurnEndHandler {
    func descriptorReady(_ descriptor: Int32, _ ready: Interest) {
        guard let watched = sockets[descriptor] else { return }
        sockets[descriptor]?.wasActive = true
        // A broken connection is ready for whatever is wanted: libcurl then meets the error itself.
        let ready = ready.contains(.failed) ? watched.interest : ready
        act(descriptor, (ready.contains(.read) ? CURL_CSELECT_IN : 0) | (ready.contains(.write) ? CURL_CSELECT_OUT : 0))
    }

    func turnEnded() {
        isTurnEndAsked = false
        act(CURL_SOCKET_TIMEOUT, 0)
    }
}

/// The multi handle's callbacks. The driver is unretained: it outlives its multi handle (`shutDown`).
private enum MultiCallbacks {
    static let socket: curl_socket_callback = { _, socket, what, pointer, _ in
        guard let pointer else { return -1 }
        Unmanaged<CurlDriver>.fromOpaque(pointer).takeUnretainedValue().want(socket, what)
        return 0
    }

    static let timer: curl_multi_timer_callback = { _, milliseconds, pointer in
        guard let pointer else { return -1 }
        Unmanaged<CurlDriver>.fromOpaque(pointer).takeUnretainedValue().wantTimer(milliseconds)
        return 0
    }
}

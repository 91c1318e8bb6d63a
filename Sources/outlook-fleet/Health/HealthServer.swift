import Hummingbird
import Logging
import Reactor
import Synchronization
import Telemetry

/// `/metrics`, `/livez` and `/readyz` of a worker or a gateway.
///
/// - `/metrics`: Prometheus text; the process's own figures are read at the moment of the question.
/// - `/livez`: 200 while the loop turns and has talked to Redis lately, whatever Redis answered; else 503, and a
///   supervisor should restart the process.
/// - `/readyz`: 200 while work may be expected; 503 while it starts, while Redis is in trouble and while it drains,
///   with the reason as text.
///
/// Served from NIO's threads, not from the reactor: a loop that hangs must still be able to say so.
struct HealthServer: Sendable {
    let host: String
    let port: Int
    let health: any ProcessHealth
    let reactor: Reactor
    let registry: MetricsRegistry
    let samples: ProcessSamples
    let fleet: FleetSamples
    /// The longest turn of the loop that passes for alive. A turn of this length has long cost the leases.
    var longestTurn = Duration.seconds(30)

    /// Adds the server and what it needs to a process's tasks, each of which ends as `ended`. Returns once it listens,
    /// so that a port in use ends the process before it takes anything on.
    func start<Ended: Sendable>(
        in group: inout ThrowingTaskGroup<Ended, any Error>, ending ended: Ended, logger: Logger
    ) async throws {
        group.addTask {
            try await fleet.run()
            return ended
        }
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        group.addTask {
            defer { listening.finish() }
            try await run { listening.yield($0) }
            return ended
        }
        for await port in ports {
            logger.event(.info, "health endpoint listens", [.endpoint: .text("\(host):\(port)")])
            return
        }
        // The stream ended without a port: the task has thrown, and says why.
        _ = try await group.next()
    }

    /// Listens until cancelled. `listening` is called once, with the port, before the first request is taken.
    /// - Throws: ``ProgramError`` 78 when the address can't be had.
    func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        let isListening = Mutex(false)
        // Being cancelled is how it ends; Hummingbird calls that an error.
        var quiet = Logger(label: "health")
        quiet.logLevel = .critical
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                isListening.withLock { $0 = true }
                listening(channel.localAddress?.port ?? port)
            }, logger: quiet)
        do {
            try await application.run()
        } catch {
            if isListening.withLock({ $0 }) || error is CancellationError { throw error }
            throw ProgramError(
                .configuration,
                "--metrics-listen \(host):\(port): can't listen there (\(Self.reason(error))): "
                    + "is another worker or gateway running? choose another port, or off")
        }
    }

    private var router: Router<BasicRequestContext> {
        let router = Router()
        router.get("/metrics") { _, _ in
            let text = PrometheusText.render(registry, extra: samples.read() + fleet.read())
            return Self.answer(.ok, text, type: PrometheusText.contentType)
        }
        router.get("/livez") { _, _ in
            let turn = reactor.statistics.currentTurn
            guard turn < longestTurn else {
                return Self.answer(.serviceUnavailable, "the loop hangs for \(turn)\n")
            }
            guard health.isLive(now: reactor.now) else {
                return Self.answer(.serviceUnavailable, "nothing was asked of Redis lately\n")
            }
            return Self.answer(.ok, "alive\n")
        }
        router.get("/readyz") { _, _ in
            guard let reason = health.unreadiness else { return Self.answer(.ok, "ready\n") }
            return Self.answer(.serviceUnavailable, reason + "\n")
        }
        return router
    }

    private static func answer(
        _ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// NIO's error in few words: `Address already in use`.
    private static func reason(_ error: any Error) -> String {
        let text = "\(error)"
        for known in ["Address already in use", "Permission denied", "Cannot assign requested address"]
        where text.contains(known) {
            return known.lowercased()
        }
        return Table.printable(String(text.prefix(120)))
    }
}

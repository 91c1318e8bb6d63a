import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import Reactor
import ServiceLifecycle
import Synchronization

/// The listening side: limits of a connection, TLS, and the address.
struct GatewayServer: Sendable {
    /// At most so many connections; further ones wait in the kernel's line.
    static let maximumConnections = 4096
    /// A request's head must be here, and a silent connection ends, after so many seconds. Counted by whole heads, so
    /// that one byte now and then doesn't hold it open.
    static let idleSeconds: Int64 = 30
    /// Who doesn't take a piece of an answer within so many seconds gets no more.
    static let slowReaderSeconds: Int64 = 60

    let host: String
    let port: Int
    let tls: GatewayConfiguration.TLS?
    let responder: GatewayResponder
    /// Opens when no new connection is to be taken, and those that are open are to end.
    let stopping: Gate

    /// Listens until cancelled. `listening` is told the port before the first request is taken.
    /// - Throws: ``GatewayFault`` when the address or the certificate can't be used.
    func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        let isListening = Mutex(false)
        // Being cancelled is how it ends; Hummingbird calls that an error.
        var quiet = Logger(label: "gateway.http")
        quiet.logLevel = .critical
        let application = Application(
            responder: responder, server: try builder(),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), backlog: 1024,
                availableConnectionsDelegate: .maximum(Self.maximumConnections, logger: quiet)),
            onServerRunning: { channel in
                isListening.withLock { $0 = true }
                listening(channel.localAddress?.port ?? port)
            }, logger: quiet)
        // A group of its own, so that the end can be asked for: connections finish what they answer.
        let group = ServiceGroup(configuration: .init(services: [application], logger: quiet))
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    try await stopping.wait()
                    await group.triggerGracefulShutdown()
                }
                // The group's end is the end; the other one waits for ever if nobody asks.
                try await tasks.next()
                if stopping.isOpen { try await tasks.next() }
                tasks.cancelAll()
            }
        } catch {
            if isListening.withLock({ $0 }) || error is CancellationError { throw error }
            throw GatewayFault("--listen \(host):\(port): can't listen there (\(Self.reason(error)))")
        }
    }

    private func builder() throws -> HTTPServerBuilder {
        let http = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    SlowReaderHandler(patience: .seconds(Self.slowReaderSeconds)), BareAnswerHandler(),
                ],
                idleTimeout: .seconds(Self.idleSeconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 64 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100)))
        guard let tls else { return http }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(tls.certificateFile)
            let key = try NIOSSLPrivateKey(file: tls.keyFile, format: .pem)
            return try .tls(
                http,
                tlsConfiguration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        } catch {
            throw GatewayFault(
                "--tls-certificate-file \(tls.certificateFile), --tls-key-file \(tls.keyFile): "
                    + "no PEM certificate with its key"
            )
        }
    }

    /// NIO's error in few words.
    private static func reason(_ error: any Error) -> String {
        let text = "\(error)"
        for known in ["Address already in use", "Permission denied", "Cannot assign requested address"]
        where text.contains(known) {
            return known.lowercased()
        }
        return String(text.prefix(120))
    }
}

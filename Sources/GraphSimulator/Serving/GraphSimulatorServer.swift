import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Serves a simulator over HTTP/1.1.
package struct GraphSimulatorServer: Sendable {
    /// The simulator that answers.
    package let simulator: Simulator
    private let host: String
    private let port: Int

    /// A server that isn't running yet. Port 0 takes any free one.
    package init(simulator: Simulator, host: String = "127.0.0.1", port: Int = 0) {
        self.simulator = simulator
        self.host = host
        self.port = port
    }

    /// Serves until its task is cancelled; then ends open connections and returns.
    ///
    /// - Parameter onListening: called once with the base URL, such as `http://127.0.0.1:49153`: append `/v1.0` for
    ///   Graph, nothing for the login host.
    /// - Throws: when the port can't be had.
    package func run(onListening: @escaping @Sendable (String) async -> Void) async throws {
        var logger = Logger(label: "graph-simulator")
        logger.logLevel = .critical
        let host = self.host
        let application = Application(
            responder: SimulatorResponder(pipeline: Pipeline(simulator: simulator)),
            server: .http1(configuration: .init(additionalChannelHandlers: [GoneClientHandler()])),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                let name = host.contains(":") ? "[\(host)]" : host
                await onListening("http://\(name):\(port)")
            },
            logger: logger)
        let loop = application.eventLoopGroup.any()
        let notifier = Notifier(simulator: simulator) { seconds in
            let done = loop.scheduleTask(in: .milliseconds(Int64(seconds * 1000))) {}
            await withTaskCancellationHandler {
                try? await done.futureResult.get()
            } onCancel: {
                done.cancel()
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await notifier.run() }
            defer { group.cancelAll() }
            try await application.run()
        }
    }

    /// Runs a simulator on a free loopback port for as long as a closure takes; for tests.
    ///
    /// - Throws: what `body` throws, or that no port was to be had.
    package static func withServer<Result: Sendable>(
        options: SimulatorOptions = SimulatorOptions(),
        _ body: @escaping @Sendable (RunningSimulator) async throws -> Result
    ) async throws -> Result {
        let simulator = Simulator(options: options)
        let server = GraphSimulatorServer(simulator: simulator)
        let (urls, continuation) = AsyncStream.makeStream(of: String.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await server.run { continuation.yield($0) }
            }
            var iterator = urls.makeAsyncIterator()
            guard let url = await iterator.next() else {
                try await group.waitForAll()
                throw CancellationError()
            }
            defer { group.cancelAll() }
            return try await body(RunningSimulator(simulator: simulator, url: url))
        }
    }
}

/// A simulator that is being served.
package struct RunningSimulator: Sendable {
    /// The simulator, for looking into it and changing it without HTTP.
    package let simulator: Simulator
    /// Its base URL and the login host's, without a path.
    package let url: String

    /// Graph's base URL.
    package var graphURL: String { url + "/v1.0" }
}

/// What a request needs of its connection.
private struct SimulatorContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Turns HTTP requests into calls and outcomes into HTTP answers.
private struct SimulatorResponder: HTTPResponder {
    typealias Context = SimulatorContext

    let pipeline: Pipeline
    /// Graph's own limit for a request.
    private static let maximumBody = 4 << 20

    func respond(to request: Request, context: SimulatorContext) async throws -> Response {
        let connection = ChannelConnection(channel: context.channel)
        let target = request.uri.string
        let headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
        let authority = request.head.authority ?? "localhost"
        let isControl = target.hasPrefix("/control")
        let bytes: [UInt8]
        do {
            var buffer = try await request.body.collect(upTo: isControl ? 256 << 20 : Self.maximumBody)
            bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
        } catch is NIOTooManyBytesError {
            return response(Answer(413, json: ["error": ["code": "RequestEntityTooLarge", "message": ""]]), request)
        }
        let call = HTTPCall(
            method: request.method.rawValue, target: target, headers: headers, body: bytes, base: "http://\(authority)")
        let outcome = await pipeline.outcome(of: call, over: connection)
        switch outcome.transport {
        case .whole:
            return outcome.dialects.spoken.isEmpty
                ? response(outcome.answer, request)
                : DialectResponse(dialects: outcome.dialects, connection: connection).response(
                    head(outcome.answer), outcome.answer, request)
        case .cut:
            try? await context.channel.close()
            return Response(status: .internalServerError)
        case .truncated(let length): return truncated(outcome.answer, to: length, context: context)
        }
    }

    private func head(_ answer: Answer) -> HTTPFields {
        var fields = HTTPFields()
        switch answer.body {
        case .none: break
        case .json:
            fields[.contentType] =
                "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
        case .bytes(_, let type): fields[.contentType] = type
        }
        for (name, value) in answer.headers {
            guard let name = HTTPFields.Element.Name(name) else { continue }
            fields.append(HTTPFields.Element(name: name, value: value))
        }
        return fields
    }

    private func response(_ answer: Answer, _ request: Request) -> Response {
        let content = answer.content
        let body = content.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: content))
        return Response(status: .init(code: answer.status), headers: head(answer), body: body)
    }

    private func truncated(_ answer: Answer, to length: Int, context: SimulatorContext) -> Response {
        let content = answer.content
        let body = ResponseBody(contentLength: content.count) { writer in
            try await writer.write(ByteBuffer(bytes: content.prefix(length)))
            try await context.channel.close()
        }
        var fields = head(answer)
        fields[.contentLength] = String(content.count)
        return Response(status: .init(code: answer.status), headers: fields, body: body)
    }
}

/// Answers in the dialects that concern how a body travels.
private struct DialectResponse {
    let dialects: Dialects
    let connection: ChannelConnection

    private static let chunk = 300
    private static let pause = 0.002

    func response(_ head: HTTPFields, _ answer: Answer, _ request: Request) -> Response {
        var fields = HTTPFields()
        for field in head {
            let name = dialects.has(.headerCase) ? field.name.rawName.uppercased() : field.name.rawName
            if let name = HTTPFields.Element.Name(name) { fields.append(.init(name: name, value: field.value)) }
        }
        if dialects.has(.closing) { fields[.connection] = "close" }
        var content = answer.content
        guard !content.isEmpty else { return Response(status: .init(code: answer.status), headers: fields) }
        if dialects.has(.gzip), request.headers[.acceptEncoding]?.contains("gzip") == true {
            content = Gzip.packed(content)
            fields[.contentEncoding] = "gzip"
        }
        return Response(status: .init(code: answer.status), headers: fields, body: body(content))
    }

    private func body(_ content: [UInt8]) -> ResponseBody {
        guard dialects.has(.chunked) || dialects.has(.slow) else {
            return ResponseBody(byteBuffer: ByteBuffer(bytes: content))
        }
        let isSlow = dialects.has(.slow)
        return ResponseBody { [connection] writer in
            for start in stride(from: 0, to: content.count, by: Self.chunk) {
                try await writer.write(ByteBuffer(bytes: content[start..<min(start + Self.chunk, content.count)]))
                if isSlow { await connection.wait(seconds: Self.pause, orGone: true) }
            }
            try await writer.finish(nil)
        }
    }
}

/// Closes a connection whose client has closed its side: no client of Graph sends a request that way and waits, and
/// Hummingbird would keep a request that hangs until its time is up.
private final class GoneClientHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

/// Waits on the connection's event loop.
private struct ChannelConnection: ClientConnection {
    let channel: any Channel

    func wait(seconds: Double, orGone: Bool) async {
        let done = channel.eventLoop.scheduleTask(in: .milliseconds(Int64(seconds * 1000))) {}
        if orGone { channel.closeFuture.whenComplete { _ in done.cancel() } }
        await withTaskCancellationHandler {
            try? await done.futureResult.get()
        } onCancel: {
            done.cancel()
        }
    }
}

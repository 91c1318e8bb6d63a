import FleetCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reactor
import Synchronization

/// What Hummingbird tells us of a request's connection.
struct GatewayContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// The address of the other side, without its port.
    var remoteAddress: String { channel.remoteAddress?.ipAddress ?? "unknown" }
}

/// A request, its head read and checked.
final class GatewayRequest: Sendable {
    let id: String
    let method: String
    let target: RequestTarget
    let headers: HTTPFields
    let body: RequestBody
    let channel: any Channel
    let clientAddress: String
    let reactor: Reactor
    private let isBodyRead = Mutex(false)

    init(_ request: Request, _ context: GatewayContext, id: String, reactor: Reactor) throws(Problem) {
        self.id = id
        method = request.method.rawValue
        target = try RequestTarget(request.head.path ?? "")
        headers = request.headers
        body = request.body
        channel = context.channel
        clientAddress = ClientAddress.of(context.remoteAddress, request.headers)
        self.reactor = reactor
    }

    var query: Query { target.query }

    /// A time of the query.
    func time(_ name: String) throws(Problem) -> Date? {
        guard let text = try query.value(name) else { return nil }
        guard let date = QueryTime.date(text) else {
            throw .invalid("\(name): must be an RFC 3339 time with an offset, like 2026-05-16T08:30:00Z")
        }
        return date
    }

    /// The whole body.
    /// - Throws: ``Problem`` 413 beyond `limit`, 408 when it takes longer than `time`; the connection is closed then.
    func readBody(limit: Int, within time: Duration = .seconds(10)) async throws -> [UInt8] {
        isBodyRead.withLock { $0 = true }
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            closeSoon()
            throw Problem(413, .payloadTooLarge, "the body has \(length) bytes; at most \(limit) are taken")
        }
        struct TooSlow: Error {}
        do {
            let buffer = try await withDeadline(time, on: reactor, throwing: TooSlow()) {
                try await self.body.collect(upTo: limit)
            }
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            closeSoon()
            throw Problem(413, .payloadTooLarge, "the body has more than \(limit) bytes")
        } catch is TooSlow {
            closeSoon()
            throw Problem(408, "request_timeout", "the body didn't arrive in time")
        }
    }

    /// Whether a body came that nobody wanted. Who sends it byte by byte would hold the connection for ever.
    var hasUnreadBody: Bool {
        guard headers[.transferEncoding] != nil || (headers[.contentLength] ?? "0") != "0" else { return false }
        return isBodyRead.withLock { !$0 }
    }

    /// Hummingbird reads on what we don't want to read: the connection ends, once the answer had time to leave.
    func closeSoon() {
        channel.eventLoop.scheduleTask(in: .seconds(2)) { [channel] in channel.close(promise: nil) }
    }
}

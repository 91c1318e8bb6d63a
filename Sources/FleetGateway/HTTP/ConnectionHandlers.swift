import FleetCore
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTPTypes

// What stands between a connection's bytes and our answers, for the two things that happen where no request is:
// something that is no HTTP, and somebody who doesn't read.

/// Gives the answer to what couldn't be parsed the form of all others. It comes from Hummingbird, bare, and is the only
/// one without a request id.
final class BareAnswerHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var body: [UInt8]?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.headerFields[.requestID] == nil && head.status.code >= 400:
            let id = UUID().uuidString.lowercased()
            let problem = Problem(
                head.status.code, .invalidJob, "the request is no valid HTTP/1.1, or its head is too long")
            let bytes = problem.json(requestID: id)
            var fields = head.headerFields
            fields[.requestID] = id
            fields[.contentType] = "application/problem+json"
            fields[.contentLength] = String(bytes.count)
            fields[.cacheControl] = "no-store"
            fields[.contentTypeOptions] = "nosniff"
            body = bytes
            context.write(
                wrapOutboundOut(.head(HTTPResponse(status: head.status, headerFields: fields))), promise: promise)
        case .end where body != nil:
            context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: body ?? []))), promise: nil)
            body = nil
            context.write(data, promise: promise)
        default: context.write(data, promise: promise)
        }
    }
}

/// Ends a connection whose other side doesn't read what it asked for, so that such connections can't fill the gateway.
final class SlowReaderHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = NIOAny
    typealias OutboundOut = NIOAny

    private let patience: TimeAmount
    /// Writes that the kernel hasn't taken yet.
    private var waiting = 0
    /// When the last of them was taken, or the first began to wait.
    private var progress = NIODeadline.uptimeNanoseconds(0)
    private var watch: Scheduled<Void>?

    /// - Parameter patience: how long one write may take; the largest answers have some megabytes.
    init(patience: TimeAmount) { self.patience = patience }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        let loop = context.eventLoop
        if waiting == 0 { progress = loop.now }
        waiting += 1
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.waiting -= 1
            self.progress = loop.now
            if self.waiting == 0 {
                self.watch?.cancel()
                self.watch = nil
            }
        }
        context.write(data, promise: promise)
        if waiting > 0 && watch == nil { schedule(context.channel) }
    }

    private func schedule(_ channel: any Channel) {
        watch = channel.eventLoop.assumeIsolated().scheduleTask(deadline: progress + patience) {
            self.watch = nil
            guard self.waiting > 0 else { return }
            if self.progress + self.patience <= channel.eventLoop.now {
                channel.close(promise: nil)
            } else {
                self.schedule(channel)
            }
        }
    }
}

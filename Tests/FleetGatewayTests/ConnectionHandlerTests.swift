// Goal: who doesn't read is cut off, who reads slowly isn't; a bare answer gets the form of all others. Method: NIO's
// channel in memory, whose clock the test moves.
import FleetCore
import Foundation
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import FleetGateway

@Suite("Gateway: connections")
struct ConnectionHandlerTests {
    private static func answer() -> HTTPResponsePart { .body(ByteBuffer(string: "x")) }

    @Test("an answer that nobody takes ends its connection after the patience, not before")
    func stuck() throws {
        let channel = EmbeddedChannel(handler: SlowReaderHandler(patience: .seconds(60)))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        // Written and not flushed: what a full socket looks like from above.
        channel.write(Self.answer(), promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("one that is taken, however late, gives the next one its time")
    func slow() throws {
        let channel = EmbeddedChannel(handler: SlowReaderHandler(patience: .seconds(60)))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        for _ in 0..<5 {
            channel.write(Self.answer(), promise: nil)
            channel.embeddedEventLoop.advanceTime(by: .seconds(50))
            channel.flush()
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(500))
        #expect(channel.isActive, "an idle connection is somebody else's matter")
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("Hummingbird's bare answer becomes a problem with a request id; ours stay as they are")
    func bare() throws {
        let channel = EmbeddedChannel(handler: BareAnswerHandler())
        try channel.writeOutbound(
            HTTPResponsePart.head(
                HTTPResponse(status: .badRequest, headerFields: [.connection: "close", .contentLength: "0"])))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        guard case .head(let head) = try channel.readOutbound(as: HTTPResponsePart.self),
            case .body(let body) = try channel.readOutbound(as: HTTPResponsePart.self),
            case .end = try channel.readOutbound(as: HTTPResponsePart.self)
        else {
            Issue.record("no whole answer")
            return
        }
        let object = try StrictJSON.parse(Array(body.readableBytesView)).objectValue
        #expect(object?["status"]?.integerValue == 400 && object?["code"]?.stringValue == "invalid_job")
        #expect(object?["request_id"]?.stringValue == head.headerFields[.requestID])
        #expect(head.headerFields[.contentType] == "application/problem+json")
        #expect(head.headerFields[.contentLength] == String(body.readableBytes))
        #expect(head.headerFields[.connection] == "close")

        let ours = HTTPResponse(status: .notFound, headerFields: [.requestID: "r-1"])
        try channel.writeOutbound(HTTPResponsePart.head(ours))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        #expect(try channel.readOutbound(as: HTTPResponsePart.self) == .head(ours))
        #expect(try channel.readOutbound(as: HTTPResponsePart.self) == .end(nil))
        _ = try? channel.finish()
    }
}

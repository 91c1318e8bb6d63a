package import Reactor
import Synchronization

/// An HTTP client on a reactor: HTTP/1.1 and HTTP/2 by libcurl, connections kept and shared.
///
/// May be used from anywhere; a task that runs on the reactor saves two hops. Redirects are answers, not followed. TLS
/// is verified. Requests of different credentials share connections: HTTP has no state of its own here (cookies and
/// libcurl's authentication are off).
package final class HTTPClient: Sendable {
    private let driver: CurlDriver
    private let lastID = Atomic<UInt64>(0)

    /// Makes a client; connections come with the first request. `close` must be called before the reactor stops.
    package init(configuration: HTTPConfiguration = HTTPConfiguration(), reactor: Reactor) {
        driver = CurlDriver(reactor: reactor, configuration: configuration)
    }

    private typealias Answer = CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>

    /// Sends one request and returns its whole answer, whatever the status.
    ///
    /// A safe method (GET, HEAD) is sent again, a few times at most, when its connection dies before a byte of the
    /// answer; others never are: they fail with `connectionLost` and `requestMayHaveBeenExecuted`.
    ///
    /// - Throws: `HTTPError`; `cancelled` as soon as the task is cancelled (HTTP/1.1: its connection is closed; HTTP/2:
    ///   its stream is reset; the server may go on all the same).
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let origin = try Origin(of: request.url)
        try request.validateHeaders()
        let id = lastID.add(1, ordering: .relaxed).newValue
        let ticket = Ticket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Answer) in
                driver.reactor.executeNowOrLater { [driver] in
                    // Cancelled between its start and this turn: the cancellation found nothing to end.
                    if ticket.isCancelled.load(ordering: .acquiring) {
                        let error = HTTPError(.cancelled, mayHaveBeenExecuted: false, reason: "before it was sent")
                        return continuation.resume(returning: .failure(error))
                    }
                    driver.submit(
                        Transfer(
                            id: id, request: request, origin: origin,
                            maximumHeaderBytes: driver.configuration.maximumHeaderBytes,
                            finished: { continuation.resume(returning: $0) }))
                }
            }
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .releasing)
            driver.reactor.execute { [driver] in driver.end(id, .cancelled, "by its task") }
        }
        return try result.get()
    }

    /// How many answers lay in libcurl unnoticed until a tick found them, up to a tenth of a second late. Stays 0 as
    /// far as is known; one that grows is a bug of libcurl's worth a look. (An answer that comes in the very moment of
    /// the tick counts, too.)
    package func answersFoundLate() async -> Int {
        await driver.reactor.onLoop { [driver] in driver.finishedByTick }
    }

    /// Ends all requests with `closed` and closes the connections. Does nothing when called again.
    package func close() async {
        await driver.reactor.onLoop { [driver] in driver.shutDown() }
    }
}

/// Says across threads that a request's task was cancelled.
private final class Ticket: Sendable {
    let isCancelled = Atomic<Bool>(false)
}

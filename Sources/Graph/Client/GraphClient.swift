package import Foundation
package import HTTP
package import Telemetry

/// A client of one Graph (one cloud, or the simulator), shared by all runs of a worker. What belongs to one run (whose
/// token, whose budget) is a `GraphSession`.
package struct GraphClient: Sendable {
    /// Limits of every call.
    package struct Limits: Sendable {
        /// For one request with its answer. Default 15 s (`--request-timeout`).
        package var timeout: Duration = .seconds(15)
        /// For what is held of a page of several events; a larger one is asked for again with fewer. What each slot of
        /// a worker may hold of Graph's answers. Default 4 MiB: some thousand events.
        package var maximumPageBytes = 4 << 20
        /// For what is held of any other answer, and of a page of one event, which can't get smaller. Default 16 MiB.
        package var maximumBodyBytes = 16 << 20
        /// For what comes in of a page of several events, most of which is dropped on the way (MemberFilter); a larger
        /// one is asked for again with fewer. Default 32 MiB: a second's transfer, or 16 events with bodies of 2 MB.
        package var maximumReceivedPageBytes = 32 << 20
        /// The same for any other answer that holds events. Default 256 MiB: more than Exchange keeps of a message.
        package var maximumReceivedBytes = 256 << 20
        /// Pages of one list or round. Default 10,000.
        package var maximumPages = 10_000

        /// The defaults.
        package init() {}
    }

    let http: HTTPClient
    /// Where it speaks to.
    package let endpoint: GraphEndpoint
    let limits: Limits
    let now: @Sendable () -> Date

    /// A client over an HTTP client that outlives it.
    package init(
        http: HTTPClient, endpoint: GraphEndpoint, limits: Limits = Limits(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.http = http
        self.endpoint = endpoint
        self.limits = limits
        self.now = now
    }

    /// The calls of one run.
    ///
    /// - Parameters:
    ///   - tokens: asked for a token at the start of each call, and again when Graph rejects it.
    ///   - scope: whom the calls are charged to.
    ///   - counter: counts the units of the calls.
    ///   - trace: the job's `traceparent`; each request goes out as its child.
    package func session(
        tokens: any AccessTokenProvider, scope: GraphCallScope, admission: any CallAdmission = UnlimitedAdmission(),
        counter: GraphCallCounter = GraphCallCounter(), trace: TraceParent? = nil
    ) -> GraphSession {
        GraphSession(
            client: self, tokens: tokens, scope: scope, admission: admission, counter: counter, trace: trace)
    }
}

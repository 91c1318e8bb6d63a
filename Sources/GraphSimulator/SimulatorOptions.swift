/// How a simulator starts. Most of it can be changed later by control requests.
package struct SimulatorOptions: Sendable {
    /// How the token endpoint treats refresh tokens.
    package enum Rotation: String, Sendable, CaseIterable {
        /// A new one with each answer; older ones stay good, as Microsoft's do.
        case rotate
        /// A new one with each answer; older ones are refused once the new one was handed out.
        case strict
        /// None in the answer: the old one stays in use.
        case keep
    }

    /// What a POST with a known transactionId gets.
    package enum DuplicateTransaction: String, Sendable, CaseIterable {
        /// 400 ErrorDuplicateTransactionId, as observed.
        case badRequest = "400"
        /// 409 ErrorDuplicateTransactionId, as others have seen.
        case conflict = "409"
        /// 201 with the existing event.
        case existing
    }

    /// Seed of everything that is random: ids, orders of pages, lifetimes, faults with a probability.
    package var seed: UInt64 = 1
    /// The time at which the simulator's clock starts; nil is the machine's. ISO 8601.
    package var start: String?
    /// Requests per window, app and mailbox; Graph: 10,000.
    package var mailboxLimit = 10_000
    /// Length of that window in seconds; Graph: 600.
    package var mailboxWindow = 600.0
    /// Requests at once per app and mailbox; Graph: 4.
    package var mailboxConcurrency = 4
    /// Requests per app window over all mailboxes; Graph: 130,000.
    package var appLimit = 130_000
    /// Length of the app window in seconds; Graph: 10.
    package var appWindow = 10.0
    /// Time each Graph request takes at least, in milliseconds; the real service needs 50 to 300.
    package var latencyMilliseconds = 0
    /// Life of an access token in seconds; nil is Graph's: random between 60 and 90 minutes.
    package var accessTokenLifetime: Double?
    /// Life of an unused refresh token in seconds; Microsoft: 90 days.
    package var refreshTokenLifetime = 90.0 * 86_400
    /// What happens to refresh tokens on use.
    package var rotation = Rotation.rotate
    /// What a repeated transactionId gets.
    package var duplicateTransaction = DuplicateTransaction.badRequest
    /// Rounds after which an older delta token of the same chain is dead; 0 is never.
    package var deltaGenerations = 8
    /// The largest page that is given, whatever was asked for.
    package var maximumPageSize = 1000
    /// The client id that is registered from the start.
    package var clientID = SimulatorOptions.defaultClientID
    /// That client's secret.
    package var clientSecret = SimulatorOptions.defaultClientSecret
    /// Requests that the log keeps; older ones are dropped.
    package var logCapacity = 200_000
    /// A file to which each request is also written as a line of JSON.
    package var requestLogFile: String?
    /// A file to which each whole exchange is also written as a line of JSON, secrets blanked.
    package var exchangeLogFile: String?
    /// Fills three directories with mailboxes and calendars.
    package var hasDemoData = false
    /// Seconds that a `hang` lasts if the client doesn't give up.
    package var hangLimit = 120.0
    /// Whether notification URLs may be plain `http:` on loopback; Graph wants https.
    package var allowsLoopbackHTTP = true

    /// The client id of a simulator that was told none.
    package static let defaultClientID = "6f1f4bd2-3c5a-4f7e-9d1b-0a5c8e7d2f31"
    /// The secret of that client.
    package static let defaultClientSecret = "simulator-secret"

    /// Graph's own figures throughout.
    package init() {}
}

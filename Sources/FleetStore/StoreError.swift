package import FleetCore
package import Redis

/// What the store could not do. Expected outcomes (fenced out, not registered, superseded) are values of their calls;
/// this is for trouble with Redis and for state that can't be read.
package struct StoreError: Error, Sendable, Equatable {
    /// What sort of trouble.
    package enum Code: String, Sendable, CaseIterable {
        /// Redis can't be reached, or answers that it can't serve just now. Goes away by itself.
        case unavailable
        /// Redis's memory is full and it evicts nothing: writes are refused until there is room.
        case full
        /// Redis is a replica, or can't persist, and takes no writes.
        case readOnly
        /// A key of ours holds another type: somebody else writes into the namespace.
        case wrongType
        /// Redis's ACL or login refuses us.
        case refused
        /// What is stored can't be read: written by a newer fleet, or damaged.
        case unreadable
        /// The task was cancelled; what was sent may have been done.
        case cancelled
        /// A mistake of ours: a script failed, or answered what nobody expects.
        case `internal`
    }

    /// What sort of trouble.
    package let code: Code
    /// What was to be done: a script's name or a few words.
    package let operation: String
    /// What to do about it, for an operator.
    package let hint: String
    /// Redis's side of it.
    package let underlying: RedisError?

    init(_ code: Code, _ operation: String, hint: String, underlying: RedisError? = nil) {
        self.code = code
        self.operation = operation
        self.hint = hint
        self.underlying = underlying
    }

    /// What a newer fleet wrote is left to it.
    package init(_ newer: NewerVersion, _ operation: String) {
        self.init(
            .unreadable, operation, hint: "a newer fleet wrote it (version \(newer.version)): upgrade this worker")
    }

    init(_ error: RedisError, during operation: String) {
        let (code, hint) = Self.reading(error.kind)
        self.init(code, operation, hint: hint, underlying: error)
    }

    /// True when trying the same again later makes sense without anybody's help, or with an operator's on Redis's side.
    package var isTemporary: Bool {
        switch code {
        case .unavailable, .full, .readOnly: true
        case .wrongType, .refused, .unreadable, .cancelled, .internal: false
        }
    }

    private static func reading(_ kind: RedisError.Kind) -> (Code, String) {
        switch kind {
        case .notConnected, .outcomeUnknown, .timedOut, .overloaded, .unreachable, .loading, .masterDown, .busy,
            .unavailable, .tls, .malformedReply, .configuration:
            (.unavailable, "wait until Redis is back; if it is up, look at its log and at the network")
        case .outOfMemory: (.full, "give Redis more memory (maxmemory) or trim the streams with fewer --results-maxlen")
        case .readOnly: (.readOnly, "point --redis at the primary: this one is a replica")
        case .cannotPersist: (.readOnly, "Redis can't write to its disk or lacks replicas: see its log")
        case .wrongType: (.wrongType, "a private key holds another type: give the fleet a --namespace of its own")
        case .authentication, .noPermission:
            (.refused, "check user, password and ACL in --redis: the fleet needs ~NAMESPACE:* and +@all -@dangerous")
        case .cancelled: (.cancelled, "the task was cancelled")
        case .noScript, .reply, .wrongNode, .replyTooLarge: (.internal, "report this with the log around it")
        }
    }
}

extension StoreError: CustomStringConvertible, CustomDebugStringConvertible {
    /// What failed and what to do; no argument, no token.
    package var description: String {
        "\(operation): \(underlying?.description ?? code.rawValue) (\(hint))"
    }

    /// With Redis's own text, which can quote arguments: for tests and debuggers.
    package var debugDescription: String {
        "\(operation): \(code.rawValue): \(underlying.map { String(reflecting: $0) } ?? "") (\(hint))"
    }
}

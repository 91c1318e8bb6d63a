/// Whatever can go wrong with Redis: what we could not do, or what Redis answered.
///
/// `description` holds no argument of a command and no password; Redis's own text, which can quote arguments, shows
/// only under `String(reflecting:)`, cut to 300 characters.
package struct RedisError: Error, Sendable, Equatable {
    /// What went wrong.
    package enum Kind: String, Sendable, CaseIterable {
        // Ours: no reply.

        /// The URL or the configuration can't be used.
        case configuration
        /// There is no connection; the command was not sent.
        case notConnected
        /// The connection was lost after the command was sent: it may have been executed or not.
        case outcomeUnknown
        /// No reply within the command's time. It may still be executed.
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// More commands, or more bytes, wait than the configured limit; the command was not sent.
        case overloaded
        /// A reply exceeded the configured limit; the connection was closed.
        case replyTooLarge
        /// What came was not Redis's protocol; the connection was closed.
        case malformedReply
        /// The name could not be resolved, or no address accepted a connection.
        case unreachable
        /// TLS failed: a certificate that is not trusted or of another host, or no TLS at the other end.
        case tls

        // Redis's answers.

        /// NOAUTH, WRONGPASS: password or user missing or wrong.
        case authentication
        /// NOPERM: the ACL user may not do this.
        case noPermission
        /// LOADING: Redis has started and reads its data.
        case loading
        /// READONLY: a replica was asked to write.
        case readOnly
        /// MASTERDOWN: a replica has lost its master.
        case masterDown
        /// NOSCRIPT: `EVALSHA` of a script that Redis doesn't have (any more).
        case noScript
        /// BUSY: a script runs too long and blocks Redis.
        case busy
        /// OOM: `maxmemory` is reached and nothing may be evicted.
        case outOfMemory
        /// MISCONF, NOREPLICAS: Redis refuses writes because it can't keep them safe.
        case cannotPersist
        /// WRONGTYPE: the key holds another type.
        case wrongType
        /// MOVED, ASK, CROSSSLOT: keys of another cluster node, or of several.
        case wrongNode
        /// CLUSTERDOWN, TRYAGAIN, UNBLOCKED: in the middle of a change-over.
        case unavailable
        /// Any other error reply: a wrong command, an error of a script.
        case reply
    }

    /// What went wrong.
    package let kind: Kind
    /// True when no reply came and Redis may have executed the command all the same.
    package let outcomeIsUnknown: Bool
    /// The first word of Redis's error (`ERR`, `WRONGTYPE`); nil for errors of ours.
    package let code: String?
    /// Details, Redis's whole text included: may quote arguments, so not for logs.
    package let detail: String

    init(_ kind: Kind, _ detail: String = "", outcomeIsUnknown: Bool = false) {
        self.kind = kind
        self.outcomeIsUnknown = outcomeIsUnknown
        self.code = nil
        self.detail = detail
    }

    /// From an error reply's text, its `-` already taken off.
    init(reply text: String) {
        let code = text.prefix { $0 != " " }
        self.kind = Self.kinds[String(code)] ?? .reply
        self.outcomeIsUnknown = false
        self.code = code.allSatisfy { $0.isUppercase || $0 == "_" } && !code.isEmpty ? String(code) : "ERR"
        self.detail = text
    }

    /// Redis would not have us as a client. Its text can be shown: nothing of ours is in it.
    init(refusal error: RedisError) {
        self.init(.unreachable, "Redis refuses the connection: \(error.detail)")
    }

    private static let kinds: [String: Kind] = [
        "NOAUTH": .authentication, "WRONGPASS": .authentication, "NOPERM": .noPermission, "LOADING": .loading,
        "READONLY": .readOnly, "MASTERDOWN": .masterDown, "NOSCRIPT": .noScript, "BUSY": .busy, "OOM": .outOfMemory,
        "MISCONF": .cannotPersist, "NOREPLICAS": .cannotPersist, "WRONGTYPE": .wrongType, "MOVED": .wrongNode,
        "ASK": .wrongNode, "CROSSSLOT": .wrongNode, "CLUSTERDOWN": .unavailable, "TRYAGAIN": .unavailable,
        "UNBLOCKED": .unavailable,
    ]

    /// True for errors that go away by themselves when Redis is well again, so that trying later makes sense. Whether
    /// the command may be repeated is another question: see `outcomeIsUnknown`.
    package var isTemporary: Bool {
        switch kind {
        case .notConnected, .outcomeUnknown, .timedOut, .overloaded, .unreachable, .loading, .readOnly, .masterDown,
            .busy, .outOfMemory, .cannotPersist, .unavailable:
            true
        case .configuration, .cancelled, .replyTooLarge, .malformedReply, .tls, .authentication, .noPermission,
            .noScript, .wrongType, .wrongNode, .reply:
            false
        }
    }
}

extension RedisError: CustomStringConvertible, CustomDebugStringConvertible {
    /// What failed, for people and logs.
    package var description: String {
        switch kind {
        case .configuration, .unreachable, .tls: detail
        case .notConnected: detail.isEmpty ? "not connected to Redis" : "not connected to Redis: \(detail)"
        case .outcomeUnknown: "the connection to Redis was lost while a command was under way"
        case .timedOut: "Redis did not answer in time"
        case .cancelled: "the Redis command was cancelled"
        case .overloaded: "too many Redis commands wait: \(detail)"
        case .replyTooLarge: "a reply of Redis exceeds \(detail) bytes"
        case .malformedReply: "Redis answered with something that is not its protocol"
        case .authentication: "Redis refuses user or password (\(code ?? "NOAUTH"))"
        case .noPermission: "Redis's ACL forbids the command (NOPERM)"
        case .loading: "Redis is loading its data (LOADING)"
        case .readOnly: "Redis is a read-only replica (READONLY)"
        case .masterDown: "Redis has lost its master (MASTERDOWN)"
        case .noScript: "Redis does not know the script (NOSCRIPT)"
        case .busy: "Redis is busy with a script (BUSY)"
        case .outOfMemory: "Redis is full: maxmemory is reached (OOM)"
        case .cannotPersist: "Redis refuses writes because it cannot keep them safe (\(code ?? ""))"
        case .wrongType: "a Redis key holds another type than expected (WRONGTYPE)"
        case .wrongNode: "the keys belong to another node of the Redis cluster (\(code ?? ""))"
        case .unavailable: "Redis is changing over (\(code ?? ""))"
        case .reply: "Redis answered an error (\(code ?? "ERR"))"
        }
    }

    /// The same with Redis's own text, which can quote arguments: for tests and debuggers.
    package var debugDescription: String {
        code == nil && detail == description ? description : "\(description): \(detail.prefix(300))"
    }
}

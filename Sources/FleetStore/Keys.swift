package import FleetCore

// Every key of the fleet, each one function. The five public ones are the contract's (section 2); all others are
// private and described where they are written: Scripts/includes and the scripts' headers.

/// The keys under one namespace.
package struct Keys: Sendable, Hashable {
    /// Without its colon: `outlook`, or `{outlook}` on a cluster, where it carries the hash tag.
    package let namespace: String

    /// The keys under `namespace`.
    package init(namespace: String = "outlook") { self.namespace = namespace }

    /// What each key begins with.
    package var prefix: String { namespace + ":" }

    // MARK: Public

    /// The list where producers push.
    package func ingress(_ list: IngressList) -> String { prefix + list.suffix }
    /// The stream of terminal entries.
    package var results: String { prefix + "results" }
    /// The stream of changes.
    package var changes: String { prefix + "changes" }
    /// The hash of a connection's synchronised events.
    package func events(_ connection: ConnectionID) -> String { prefix + "events:" + connection.description }

    // MARK: Private

    /// Where a wake-up moves a payload of `list` to; intake drains it first.
    package func taken(_ list: IngressList) -> String { prefix + "taken" + list.suffix.dropFirst("jobs".count) }
    /// A marker for an idle worker: there is more than the one that left it could take.
    package var wake: String { prefix + "wake" }
    /// Lane to the record of its connection.
    package var connections: String { prefix + "conn" }
    /// Dead letters, a stream.
    package var dead: String { prefix + "dead" }
    /// Private notes about a connection's events.
    func companions(_ connection: ConnectionID) -> String { prefix + "own:" + connection.description }
    /// Staged pages of a round.
    func stage(_ connection: ConnectionID) -> String { prefix + "stage:" + connection.description }
    /// A mirror in the making.
    func freshEvents(_ connection: ConnectionID) -> String { prefix + "fresh:" + connection.description }
    /// Bookings: id to record.
    func bookings(_ connection: ConnectionID) -> String { prefix + "book:" + connection.description }
    /// Events of bookings: event id to booking id.
    func outcomes(_ connection: ConnectionID) -> String { prefix + "done:" + connection.description }
    func formerEvents(_ connection: ConnectionID) -> String { prefix + "former:" + connection.description }
    func bookingEvents(_ connection: ConnectionID) -> String { prefix + "bookev:" + connection.description }
    /// Writes of which nobody knows yet what came of them: booking id to intent.
    func intents(_ connection: ConnectionID) -> String { prefix + "intent:" + connection.description }
    /// Calendar ids of a tenant and the resources they mean.
    func calendars(_ tenant: TenantID) -> String { prefix + "cal:" + tenant.rawValue }
    /// A credential.
    func credential(_ id: CredentialID) -> String { prefix + "cred:" + id.rawValue }
    /// Digests of the tokens that a credential ever had.
    func knownTokens(_ id: CredentialID) -> String { prefix + "credknown:" + id.rawValue }
    /// Digest of a token to its credential.
    var credentialOfToken: String { prefix + "credof" }

    /// How far the index of results reaches, and its newest part (lookUpJob.lua).
    var jobIndex: String { prefix + "jobindex" }
    /// Days of which ids are remembered.
    var idDays: String { prefix + "iddays" }
    /// A mark that a gateway pushed a job which no worker may have taken in yet.
    func pushed(_ tenant: TenantID, _ job: JobID) -> String { prefix + "pushed:\(tenant.rawValue):\(job.rawValue)" }
    /// A mark that the state of a consent was used.
    func usedState(_ nonce: String) -> String { prefix + "usedstate:" + nonce }

    /// `KEYS` of the budgets' scripts, in the order of includes/budgetKeys.lua.
    var budgets: [String] { ["rates", "tenants"].map { prefix + $0 } }

    /// `KEYS` of the scripts that hold tenants: the queue's, then includes/tenantKeys.lua.
    var tenantControl: [String] { queue + [prefix + "tenants"] }

    /// `KEYS` of the queue's scripts, in the order of includes/queueKeys.lua.
    var queue: [String] {
        [
            "fence", "head", "more", "tick", "due", "owners", "conn", "results", "changes", "dead", "wake", "held",
            "debt", "mixed", "void", "ring:h", "ring:n", "ring:l",
        ].map { prefix + $0 }
    }

    /// `KEYS` of intake's scripts: the queue's, then these, in the order of includes/intakeKeys.lua.
    var intake: [String] {
        queue + ["intake", "items", "iddays"].map { prefix + $0 }
            + IngressList.allCases.flatMap { [taken($0), ingress($0)] }
    }
}

/// A list where producers push, in the order in which intake drains them.
package enum IngressList: String, Sendable, CaseIterable {
    case connect, general, sync, disconnect

    /// The kind that the list implies; nil for the general one.
    package var kind: JobKind? {
        switch self {
        case .connect: .connect
        case .general: nil
        case .sync: .sync
        case .disconnect: .disconnect
        }
    }

    /// Its key without the namespace.
    package var suffix: String { kind.map { "jobs:\($0.rawValue)" } ?? "jobs" }

    /// What scripts call it.
    var letter: Character {
        switch self {
        case .connect: "c"
        case .general: "g"
        case .sync: "s"
        case .disconnect: "d"
        }
    }

    init?(letter: Character) {
        guard let list = Self.allCases.first(where: { $0.letter == letter }) else { return nil }
        self = list
    }
}

package import Foundation

/// What a job asks for. A new kind also touches: JobDecoder, the ingress lists of FleetStore's Keys, a run in
/// FleetWorker, the schemas and CONTRACT's table of results.
package enum JobKind: String, Sendable, Codable, CaseIterable {
    case connect, sync, disconnect
}

/// Orders connections among each other (by the highest that waits in each), never the jobs of one connection.
package enum JobPriority: String, Sendable, Codable, CaseIterable {
    case high, normal, low
}

/// One job as a producer pushed it, checked.
package struct Job: Sendable, Equatable {
    /// The body, by kind.
    package enum Request: Sendable, Equatable {
        case connect(ConnectRequest)
        case sync(SyncRequest)
        case disconnect(DisconnectRequest)
    }

    /// Whose job it is.
    package var tenant: TenantID
    /// The producer's id; nil if it gave none (the fleet then makes one up).
    package var id: JobID?
    /// What it asks for.
    package var request: Request
    /// It does not start before.
    package var notBefore: Date?
    /// Past it the job fails with `expired`.
    package var expiresAt: Date?
    /// `normal` by default.
    package var priority: JobPriority
    /// nil: the worker's `--max-attempts`.
    package var maximumAttempts: Int?
    /// W3C `traceparent`; nil if absent or malformed (then a warning says so).
    package var traceparent: String?
    /// Unknown fields and the like: things that don't fail a job. They come back in `data.warnings`.
    package var warnings: [String]

    /// A job as given; nothing is checked.
    package init(
        tenant: TenantID, id: JobID? = nil, request: Request, notBefore: Date? = nil, expiresAt: Date? = nil,
        priority: JobPriority = .normal, maximumAttempts: Int? = nil, traceparent: String? = nil,
        warnings: [String] = []
    ) {
        self.tenant = tenant
        self.id = id
        self.request = request
        self.notBefore = notBefore
        self.expiresAt = expiresAt
        self.priority = priority
        self.maximumAttempts = maximumAttempts
        self.traceparent = traceparent
        self.warnings = warnings
    }

    /// Which request it is.
    package var kind: JobKind {
        switch request {
        case .connect: .connect
        case .sync: .sync
        case .disconnect: .disconnect
        }
    }
}

/// How a job names its connection: by resource, or by a calendar that must fit exactly one connection of the tenant.
package enum ConnectionSelector: Sendable, Equatable {
    case resource(ResourceID)
    /// `primary` means the connections that were made with `primary`.
    case calendar(CalendarID)
}

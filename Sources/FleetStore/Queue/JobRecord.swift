package import FleetCore
package import Foundation

// A job at rest: 54 columns of fixed width, so that a script changes a counter without parsing; then five lines; then
// the payload. includes/record.lua reads the same columns. The first column is the version: an older worker that meets
// a newer one leaves the job alone (`unreadable`).

/// A job as it waits in its lane.
package struct JobRecord: Sendable, Equatable {
    /// Who asked for the run.
    package enum Origin: Sendable, Equatable {
        /// A payload: it gets a result.
        case payload
        /// The connection's own period: no result, changes only.
        case timer
    }

    /// Whether a sync may be served by another's run.
    package enum Riding: Sendable, Equatable {
        /// It has work of its own.
        case never
        /// A sync without bookings: by any sync's run.
        case withAny
        /// A full sync without bookings: by a full sync's run.
        case withFull
    }

    /// What it asks for.
    package var kind: JobKind
    /// Whether another sync's run may serve it.
    package var riding: Riding
    /// Its turn among other connections.
    package var priority: JobPriority
    /// Who asked for it.
    package var origin: Origin
    /// Starts that ended in a failure or in the death of the worker, before this one.
    package var attempts = 0
    /// Those of them that ended in the death of the worker.
    package var crashes = 0
    /// Times it was put off for a budget, which counts for nothing.
    package var deferrals = 0
    /// Its last run was given up at its time limit.
    package var ranTooLong = false
    /// When the fleet first saw it.
    package var enqueuedAt: Date
    /// When it may run; nil: at once.
    package var notBefore: Date?
    /// When it is too late to run; nil: never. Nothing in Redis looks at it: a worker fails the job as `expired`.
    package var expiresAt: Date?
    /// The producer's, or one of ours; empty for a timer's.
    package var id: JobID
    /// What a connect asks for.
    package var requestedCalendar: CalendarID?
    /// The job of which this is a retry.
    package var retryOf: JobID?
    /// The payload's W3C `traceparent`: here besides, for entries that are written without reading the payload.
    package var traceparent: String?
    /// The connect's tokens, sealed.
    package var sealedTokens: String?
    /// As it rests: `JobDecoder.decodeStored` reads it. Empty for a timer's.
    package var payload: [UInt8]

    /// A job that has not run yet.
    package init(
        kind: JobKind, riding: Riding = .never, priority: JobPriority = .normal, origin: Origin = .payload,
        enqueuedAt: Date, notBefore: Date? = nil, expiresAt: Date? = nil, id: JobID,
        requestedCalendar: CalendarID? = nil, retryOf: JobID? = nil, traceparent: String? = nil,
        sealedTokens: String? = nil, payload: [UInt8]
    ) {
        self.kind = kind
        self.riding = riding
        self.priority = priority
        self.origin = origin
        self.enqueuedAt = enqueuedAt
        self.notBefore = notBefore
        self.expiresAt = expiresAt
        self.id = id
        self.requestedCalendar = requestedCalendar
        self.retryOf = retryOf
        self.traceparent = traceparent
        self.sealedTokens = sealedTokens
        self.payload = payload
    }

    /// From what intake read of a payload.
    package init(_ accepted: AcceptedJob, id: JobID, enqueuedAt: Date, sealedTokens: String?, payload: [UInt8]) {
        let job = accepted.job
        var riding = Riding.never
        var calendar: CalendarID?
        switch job.request {
        case .sync(let sync): riding = sync.bookings.isEmpty ? (sync.full ? .withFull : .withAny) : .never
        case .connect(let connect): calendar = connect.calendar
        case .disconnect: break
        }
        self.init(
            kind: job.kind, riding: riding, priority: job.priority, enqueuedAt: enqueuedAt, notBefore: job.notBefore,
            expiresAt: job.expiresAt, id: job.id ?? id, requestedCalendar: calendar, traceparent: job.traceparent,
            sealedTokens: sealedTokens, payload: payload)
    }
}

extension JobKind {
    var letter: UInt8 {
        switch self {
        case .connect: UInt8(ascii: "c")
        case .sync: UInt8(ascii: "s")
        case .disconnect: UInt8(ascii: "d")
        }
    }

    init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "c"): self = .connect
        case UInt8(ascii: "s"): self = .sync
        case UInt8(ascii: "d"): self = .disconnect
        default: return nil
        }
    }
}

extension JobPriority {
    var letter: UInt8 {
        switch self {
        case .high: UInt8(ascii: "h")
        case .normal: UInt8(ascii: "n")
        case .low: UInt8(ascii: "l")
        }
    }

    init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "h"): self = .high
        case UInt8(ascii: "n"): self = .normal
        case UInt8(ascii: "l"): self = .low
        default: return nil
        }
    }
}

package import Foundation

/// `data` of a result.
package struct ResultData: Sendable, Equatable {
    /// What belongs to one kind of result.
    package enum Body: Sendable, Equatable {
        case none
        case connect(ConnectData)
        case sync(SyncData)
        /// Of a sync that failed after it had come to something for some of its bookings.
        case bookings([BookingOutcome])
        case disconnect(removedEvents: Int?, message: String)
        /// `job.rejected`: the payload's first 200 characters, blanked (`JobRejection.excerpt`).
        case rejected(excerpt: String)
        /// `job.duplicate`: the id that was seen before.
        case duplicate(of: JobID)
    }

    /// By kind of result.
    package var body: Body
    /// What didn't fail the job but its producer should know. At most 50 are written.
    package var warnings: [String]
    /// The job whose run served this one.
    package var servedBy: JobID?
    /// The job of which this is a retry out of the dead letters.
    package var retryOf: JobID?

    /// As given.
    package init(
        _ body: Body = .none, warnings: [String] = [], servedBy: JobID? = nil, retryOf: JobID? = nil
    ) {
        self.body = body
        self.warnings = warnings
        self.servedBy = servedBy
        self.retryOf = retryOf
    }

    /// A JSON object; `{}` when there is nothing to say.
    package func json() -> String {
        if body == .none && warnings.isEmpty && servedBy == nil && retryOf == nil { return "{}" }
        var writer = JSONWriter()
        writer.beginObject()
        switch body {
        case .none: break
        case .connect(let data): data.writeMembers(to: &writer)
        case .sync(let data): data.writeMembers(to: &writer)
        case .bookings(let outcomes): outcomes.writeMember(to: &writer)
        case .disconnect(let removed, let message):
            writer.optional("removed_events", removed)
            writer.member("message", message)
        case .rejected(let excerpt): writer.member("excerpt", excerpt)
        case .duplicate(let id): writer.member("of", id.rawValue)
        }
        if !warnings.isEmpty { writer.member("warnings", Array(warnings.prefix(50))) }
        writer.optional("served_by", servedBy?.rawValue)
        writer.optional("retry_of", retryOf?.rawValue)
        writer.endObject()
        return writer.text
    }
}

/// What a connect came to.
package struct ConnectData: Sendable, Equatable {
    /// The calendar's real id.
    package var calendar: CalendarID
    /// As its owner named it.
    package var calendarName: String
    /// Its owner's address.
    package var owner: String?
    /// False: read-only.
    package var canEdit: Bool
    /// Events in the mirror.
    package var events: Int
    /// As it will be synced.
    package var frequency: ConnectionSettings.Frequency
    /// nil for `manual`.
    package var nextSyncAt: Date?
    /// For people.
    package var message: String

    /// As given.
    package init(
        calendar: CalendarID, calendarName: String, owner: String?, canEdit: Bool, events: Int,
        frequency: ConnectionSettings.Frequency, nextSyncAt: Date?, message: String
    ) {
        self.calendar = calendar
        self.calendarName = calendarName
        self.owner = owner
        self.canEdit = canEdit
        self.events = events
        self.frequency = frequency
        self.nextSyncAt = nextSyncAt
        self.message = message
    }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("calendar_id", calendar.rawValue)
        writer.member("calendar_name", calendarName)
        writer.optional("owner", owner)
        writer.member("can_edit", canEdit)
        writer.member("events", events)
        writer.member("frequency", frequency.description)
        writer.optional("next_sync_at", nextSyncAt)
        writer.member("message", message)
    }
}

/// What a sync came to.
package struct SyncData: Sendable, Equatable {
    /// `event.created` emitted.
    package var created: Int
    /// `event.updated` emitted.
    package var updated: Int
    /// `event.deleted` emitted.
    package var deleted: Int
    /// Whether a whole round was read.
    package var full: Bool
    /// One per booking of the payload, in its order.
    package var bookings: [BookingOutcome]
    /// Budget units spent.
    package var graphCalls: Int
    /// For people.
    package var message: String

    /// As given.
    package init(
        created: Int = 0, updated: Int = 0, deleted: Int = 0, full: Bool = false, bookings: [BookingOutcome] = [],
        graphCalls: Int = 0, message: String
    ) {
        self.created = created
        self.updated = updated
        self.deleted = deleted
        self.full = full
        self.bookings = bookings
        self.graphCalls = graphCalls
        self.message = message
    }

    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("created", created)
        writer.member("updated", updated)
        writer.member("deleted", deleted)
        writer.member("full", full)
        bookings.writeMember(to: &writer)
        writer.member("graph_calls", graphCalls)
        writer.member("message", message)
    }
}

package import Foundation

/// One entry of `outlook:changes` (contract, section 5).
package struct Change: Sendable, Equatable {
    /// `type` on the wire.
    package enum Kind: String, Sendable, CaseIterable {
        case eventCreated = "event.created"
        case eventUpdated = "event.updated"
        case eventDeleted = "event.deleted"
        case bookingConfirmed = "booking.confirmed"
        case bookingUpdated = "booking.updated"
        case bookingCancelled = "booking.cancelled"
        case bookingRejected = "booking.rejected"
        case bookingMoved = "booking.moved"
        case bookingEditedInOutlook = "booking.edited_in_outlook"
        case bookingCancelledInOutlook = "booking.cancelled_in_outlook"
        case calendarConnected = "calendar.connected"
        case calendarDisconnected = "calendar.disconnected"
        case calendarResynced = "calendar.resynced"
        case calendarReconnectRequired = "calendar.reconnect_required"
        case calendarStalled = "calendar.stalled"
        case calendarRecovered = "calendar.recovered"
    }

    /// `data` of a change.
    package enum Body: Sendable, Equatable {
        /// `{}`.
        case none
        /// The event; for a deletion, as last known.
        case event(CalendarEvent)
        /// The event as JSON of ours: what the mirror holds of it.
        case eventJSON(String)
        /// `booking.rejected`: what is in the way.
        case conflicts([EventID])
        /// `calendar.connected`: the window, as durations and as it stands now.
        case window(past: Int, future: Int, from: Date, to: Date)
        /// `calendar.stalled`, `calendar.reconnect_required`: why, and since when.
        case trouble(code: ErrorCode, since: Date?)
    }

    /// What happened.
    package var kind: Kind
    /// To which connection.
    package var connection: ConnectionID
    /// To which calendar.
    package var calendar: CalendarID?
    /// The job whose run found or made the change; nil for runs that no payload asked for.
    package var job: JobID?
    /// When the fleet saw it.
    package var at: Date
    /// Where it applies.
    package var event: EventID?
    /// Where it applies.
    package var booking: BookingID?
    /// `data` on the wire.
    package var body: Body
    /// Of the job whose run found or made the change; nil where its payload named none.
    package var traceparent: String?

    /// A change as given.
    package init(
        _ kind: Kind, connection: ConnectionID, calendar: CalendarID?, job: JobID?, at: Date, event: EventID? = nil,
        booking: BookingID? = nil, body: Body = .none
    ) {
        self.kind = kind
        self.connection = connection
        self.calendar = calendar
        self.job = job
        self.at = at
        self.event = event
        self.booking = booking
        self.body = body
    }

    /// The fields of the stream entry, in the contract's order; what isn't known is left out, `data` is always there.
    package func fields() -> [(String, String)] {
        var fields: [(String, String)] = []
        fields.reserveCapacity(10)
        fields.append(("v", "1"))
        fields.append(("type", kind.rawValue))
        fields.append(("tenant_id", connection.tenant.rawValue))
        fields.append(("resource_id", connection.resource.rawValue))
        if let calendar { fields.append(("calendar_id", calendar.rawValue)) }
        if let job { fields.append(("job_id", job.rawValue)) }
        fields.append(("at", RFC3339.momentString(at)))
        if let event { fields.append(("event_id", event.rawValue)) }
        if let booking { fields.append(("booking_id", booking.rawValue)) }
        if let traceparent { fields.append(("traceparent", traceparent)) }
        fields.append(("data", data()))
        return fields
    }

    private func data() -> String {
        switch body {
        case .none: return "{}"
        case .event(let event): return event.json()
        case .eventJSON(let json): return json
        case .conflicts(let events):
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("conflicts", events.map(\.rawValue))
            writer.endObject()
            return writer.text
        case .window(let past, let future, let from, let to):
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("window")
            writer.beginObject()
            writer.member("past", ISODuration.string(seconds: past))
            writer.member("future", ISODuration.string(seconds: future))
            writer.member("start_time", from)
            writer.member("end_time", to)
            writer.endObject()
            writer.endObject()
            return writer.text
        case .trouble(let code, let since):
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("code", code.rawValue)
            writer.optional("since", since)
            writer.endObject()
            return writer.text
        }
    }
}

/// The body of a sync job.
package struct SyncRequest: Sendable, Equatable {
    /// Which connection.
    package var connection: ConnectionSelector
    /// Drops the delta token first: a full round.
    package var full: Bool
    /// At most 500.
    package var bookings: [BookingRequest]

    /// A request as given; nothing is checked.
    package init(connection: ConnectionSelector, full: Bool = false, bookings: [BookingRequest] = []) {
        self.connection = connection
        self.full = full
        self.bookings = bookings
    }
}

/// The body of a disconnect job.
package struct DisconnectRequest: Sendable, Equatable {
    /// Which connection.
    package var connection: ConnectionSelector
    /// Also delete from Outlook the events that this connection pushed.
    package var removeEvents: Bool

    /// A request as given; nothing is checked.
    package init(connection: ConnectionSelector, removeEvents: Bool = false) {
        self.connection = connection
        self.removeEvents = removeEvents
    }
}

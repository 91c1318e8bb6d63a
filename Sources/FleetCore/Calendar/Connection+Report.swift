extension Connection {
    /// A connection as the API and `connections --json` tell it: one object. nil is a record that a newer fleet wrote,
    /// or a damaged one: its state is `unreadable`.
    ///
    /// - Parameter tenant: whether to say whose it is; the API is asked by the tenant itself.
    package static func write(
        _ connection: Connection?, of id: ConnectionID, tenant: Bool, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        if tenant { writer.member("tenant_id", id.tenant.rawValue) }
        writer.member("resource_id", id.resource.rawValue)
        guard let connection else {
            writer.member("state", "unreadable")
            return writer.endObject()
        }
        writer.member("calendar_id", connection.calendar.rawValue)
        writer.member("requested_calendar_id", connection.requestedCalendar.rawValue)
        writer.member("calendar_name", connection.calendarName)
        if !connection.owner.isEmpty { writer.member("owner", connection.owner) }
        writer.optional("mailbox", connection.mailbox?.rawValue)
        writer.member("state", connection.state.rawValue)
        writer.member("can_edit", connection.canEdit)
        writer.member("direction", connection.settings.direction.rawValue)
        writer.member("frequency", connection.settings.frequency.description)
        writer.optional("last_sync_at", connection.lastSyncAt)
        writer.optional("next_sync_at", connection.nextSyncAt)
        if let error = connection.lastError {
            writer.key("last_error")
            error.write(to: &writer)
        }
        writer.endObject()
    }
}

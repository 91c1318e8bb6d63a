// The stored form of a connection. `v` is the version: a field that old readers may skip needs no new one, a changed
// meaning does. A reader refuses a newer version rather than writing back half of it.

extension Connection {
    /// Why a stored record can't be read.
    package enum RecordError: Error, Sendable, Equatable {
        /// Written by a newer fleet: roll that one out everywhere first.
        case newerVersion(Int)
        /// Not a record of ours.
        case malformed(String)
    }

    private static let version = 1

    /// The record as it is stored.
    package func record() -> String {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("v", Self.version)
        writer.member("tenant_id", id.tenant.rawValue)
        writer.member("resource_id", id.resource.rawValue)
        writer.member("generation", generation)
        writer.member("state", state.rawValue)
        writer.member("requested_calendar", requestedCalendar.rawValue)
        writer.member("calendar_id", calendar.rawValue)
        writer.member("calendar_name", calendarName)
        writer.member("owner", owner)
        if !mailboxOwner.isEmpty { writer.member("mailbox_owner", mailboxOwner) }
        writer.member("can_edit", canEdit)
        writer.optional("mailbox", mailbox?.rawValue)
        writer.member("credential", credential.rawValue)
        writer.key("settings")
        settings.write(to: &writer)
        writer.member("time_zone", timeZone)
        writer.optional("delta_token", deltaToken?.rawValue)
        writer.optional("round_start", roundStart)
        writer.optional("round_end", roundEnd)
        writer.optional("last_sync_at", lastSyncAt)
        writer.optional("next_sync_at", nextSyncAt)
        writer.optional("window_rolled_at", windowRolledAt)
        if hasEarlierEvents { writer.member("has_earlier_events", true) }
        if hasFormerEvents { writer.member("has_former_events", true) }
        writer.optional("records_tidied_at", recordsTidiedAt)
        if let lastError {
            writer.key("last_error")
            lastError.write(to: &writer)
        }
        writer.endObject()
        return writer.text
    }

    /// Reads what `record` wrote.
    package init(record: String) throws(RecordError) {
        guard let object = (try? StrictJSON.parse(record))?.objectValue, let version = object["v"]?.integerValue else {
            throw .malformed("it isn't a JSON object with a version")
        }
        guard version <= Self.version else { throw .newerVersion(version) }
        guard let requested = object["requested_calendar"]?.stringValue,
            let state = object["state"]?.stringValue.flatMap(State.init(rawValue:)),
            let settings = object["settings"]?.objectValue.flatMap({ ConnectionSettings($0) })
        else { throw .malformed("requested_calendar, state or settings is missing") }
        func text(_ name: String) throws(RecordError) -> String {
            guard let text = object[name]?.stringValue else { throw .malformed("\(name) is missing") }
            return text
        }
        self.init(
            id: ConnectionID(tenant: TenantID(try text("tenant_id")), resource: ResourceID(try text("resource_id"))),
            generation: object["generation"]?.integerValue ?? 0, state: state,
            requestedCalendar: CalendarID(requested), calendar: CalendarID(try text("calendar_id")),
            calendarName: try text("calendar_name"), owner: try text("owner"),
            canEdit: object["can_edit"]?.boolValue ?? false,
            mailbox: object["mailbox"]?.stringValue.map { MailboxID($0) },
            credential: CredentialID(try text("credential")), settings: settings, timeZone: try text("time_zone"))
        mailboxOwner = object["mailbox_owner"]?.stringValue ?? ""
        deltaToken = object["delta_token"]?.stringValue.map { DeltaToken($0) }
        roundStart = object["round_start"]?.stringValue.flatMap { RFC3339.date($0) }
        roundEnd = object["round_end"]?.stringValue.flatMap { RFC3339.date($0) }
        lastSyncAt = object["last_sync_at"]?.stringValue.flatMap { RFC3339.date($0) }
        nextSyncAt = object["next_sync_at"]?.stringValue.flatMap { RFC3339.date($0) }
        windowRolledAt = object["window_rolled_at"]?.stringValue.flatMap { RFC3339.date($0) }
        hasEarlierEvents = object["has_earlier_events"]?.boolValue ?? false
        hasFormerEvents = object["has_former_events"]?.boolValue ?? false
        recordsTidiedAt = object["records_tidied_at"]?.stringValue.flatMap { RFC3339.date($0) }
        lastError = object["last_error"]?.objectValue.flatMap { JobError($0) }
    }
}

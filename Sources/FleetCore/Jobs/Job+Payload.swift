extension Job {
    /// The job as a producer would push it: what `JobDecoder` reads back to the same job. Members that hold their
    /// default are left out. A connect's payload holds its tokens: it may go to an ingress list and nowhere else.
    package func payload() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("kind")
        writer.value(kind.rawValue)
        writer.key("tenant_id")
        writer.value(tenant.rawValue)
        writer.optional("id", id?.rawValue)
        switch request {
        case .connect(let request): request.write(to: &writer)
        case .sync(let request): request.write(to: &writer)
        case .disconnect(let request):
            request.connection.write(to: &writer)
            if request.removeEvents { writer.member("remove_events", true) }
        }
        writer.optional("not_before", notBefore)
        writer.optional("expires_at", expiresAt)
        if priority != .normal { writer.member("priority", priority.rawValue) }
        writer.optional("max_attempts", maximumAttempts)
        writer.optional("traceparent", traceparent)
        writer.endObject()
        return writer.bytes
    }
}

extension ConnectionSelector {
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .resource(let resource): writer.member("resource_id", resource.rawValue)
        case .calendar(let calendar): writer.member("calendar_id", calendar.rawValue)
        }
    }
}

extension ConnectRequest {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("resource_id", resource.rawValue)
        if calendar != .primary { writer.member("calendar_id", calendar.rawValue) }
        writer.optional("mailbox", mailbox?.rawValue)
        switch authorization {
        case .appOnly(let directory):
            writer.key("app_only")
            writer.beginObject()
            writer.member("directory", directory)
            writer.endObject()
        case .tokens(let tokens) where tokens.refreshToken == nil && tokens.expiresAt == nil:
            writer.member("oauth_token", tokens.accessToken)
        case .tokens(let tokens):
            writer.key("oauth_token")
            writer.beginObject()
            writer.member("access_token", tokens.accessToken)
            writer.optional("refresh_token", tokens.refreshToken)
            writer.optional("expires_at", tokens.expiresAt)
            writer.endObject()
        }
        if settings != ConnectionSettings() {
            writer.key("settings")
            settings.write(to: &writer)
        }
    }
}

extension SyncRequest {
    fileprivate func write(to writer: inout JSONWriter) {
        connection.write(to: &writer)
        if full { writer.member("full", true) }
        guard !bookings.isEmpty else { return }
        writer.key("bookings")
        writer.beginArray()
        for booking in bookings { booking.write(to: &writer) }
        writer.endArray()
    }
}

extension BookingRequest {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("booking_id", id.rawValue)
        writer.member("op", operation.rawValue)
        switch time {
        case .timed(let start, let end):
            writer.optional("start_time", start)
            writer.optional("end_time", end)
        case .allDay(let start, let end):
            writer.member("all_day", true)
            writer.member("start_date", start.description)
            writer.member("end_date", end.description)
        case nil: break
        }
        writer.optional("title", title)
        writer.optional("body", body)
        writer.optional("location", location)
        if let attendees {
            writer.key("attendees")
            writer.beginArray()
            for attendee in attendees {
                writer.beginObject()
                writer.member("email", attendee.email)
                writer.optional("name", attendee.name)
                if !attendee.required { writer.member("required", false) }
                writer.endObject()
            }
            writer.endArray()
        }
        if showAs != .busy { writer.member("show_as", showAs.rawValue) }
        if onConflict != .reject { writer.member("on_conflict", onConflict.rawValue) }
        writer.optional("revision", revision)
        writer.endObject()
    }
}

/// What became of one booking of a sync.
package struct BookingOutcome: Sendable, Equatable {
    /// `outcome` on the wire.
    package enum Verdict: String, Sendable, CaseIterable {
        case confirmed, updated, unchanged, cancelled, rejected, failed
    }

    /// The payload's.
    package var id: BookingID
    /// What became of it.
    package var verdict: Verdict
    /// Its event, where there is one.
    package var event: EventID?
    /// The events in the way; only for `rejected`.
    package var conflicts: [EventID]
    /// Only for `failed`.
    package var error: JobError?

    /// As given.
    package init(
        id: BookingID, verdict: Verdict, event: EventID? = nil, conflicts: [EventID] = [], error: JobError? = nil
    ) {
        self.id = id
        self.verdict = verdict
        self.event = event
        self.conflicts = conflicts
        self.error = error
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("booking_id", id.rawValue)
        writer.member("outcome", verdict.rawValue)
        writer.optional("event_id", event?.rawValue)
        if verdict == .rejected || !conflicts.isEmpty { writer.member("conflicts", conflicts.map(\.rawValue)) }
        if let error {
            writer.key("error")
            error.write(to: &writer)
        }
        writer.endObject()
    }
}

extension [BookingOutcome] {
    /// As the member `bookings` of an object.
    func writeMember(to writer: inout JSONWriter) {
        writer.key("bookings")
        writer.beginArray()
        for outcome in self { outcome.write(to: &writer) }
        writer.endArray()
    }
}

// MARK: - As it rests

extension BookingOutcome {
    /// As it is stored while its job goes on: as results carry it.
    package func json() -> String {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }

    /// Reads what `json` wrote; nil for anything else.
    package init?(json: String) {
        guard let object = (try? StrictJSON.parse(json))?.objectValue, let id = object["booking_id"]?.stringValue,
            let verdict = object["outcome"]?.stringValue.flatMap(Verdict.init(rawValue:))
        else { return nil }
        var conflicts: [EventID] = []
        if case .array(let values)? = object["conflicts"] {
            conflicts = values.compactMap { $0.stringValue.map { EventID($0) } }
        }
        self.init(
            id: BookingID(id), verdict: verdict, event: object["event_id"]?.stringValue.map { EventID($0) },
            conflicts: conflicts, error: object["error"]?.objectValue.flatMap { JobError($0) })
    }
}

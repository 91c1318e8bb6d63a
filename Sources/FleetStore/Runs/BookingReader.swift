package import FleetCore
import Redis

/// What is kept of a connection's bookings.
package struct BookingReader: Sendable {
    /// Commands of this size at most.
    private static let piece = 500

    let store: Store

    /// The bookings in `store`.
    package init(_ store: Store) { self.store = store }

    /// Writes of which nobody knows what came of them; none as a rule. One command.
    ///
    /// - Throws: `unreadable` for those of a newer fleet.
    package func intents(_ connection: ConnectionID) async throws(StoreError) -> [BookingID: BookingIntent] {
        let reply = try await store.send(
            ["HGETALL", RedisValue(store.keys.intents(connection))], "read bookings' intents")
        var intents: [BookingID: BookingIntent] = [:]
        for (name, value) in reply.pairs ?? [] {
            guard let name = name.string, let json = value.string else { continue }
            intents[BookingID(name)] = try Self.readable { () throws(NewerVersion) in
                try BookingIntent.read(json)
            }
        }
        return intents
    }

    /// Records of these bookings; those that aren't kept are missing.
    ///
    /// - Throws: `unreadable` for those of a newer fleet.
    package func records(
        _ connection: ConnectionID, _ bookings: [BookingID]
    ) async throws(StoreError) -> [BookingID: BookingRecord] {
        var records: [BookingID: BookingRecord] = [:]
        let found = try await values(store.keys.bookings(connection), bookings.map(\.rawValue))
        for (booking, json) in zip(bookings, found) {
            guard let json else { continue }
            records[booking] = try Self.record(json)
        }
        return records
    }

    /// What earlier attempts of a job have told of its bookings, by their position in it.
    package func outcomes(
        _ connection: ConnectionID, of job: JobID
    ) async throws(StoreError) -> [Int: BookingOutcome] {
        var outcomes: [Int: BookingOutcome] = [:]
        try await forEachField(store.keys.outcomes(connection)) { name, json in
            guard let position = OutcomeField.position(name, of: job) else { return }
            outcomes[position] = BookingOutcome(json: json)
        }
        return outcomes
    }

    /// The events of these bookings in calendars that the connection has left; those without any are missing.
    package func former(
        _ connection: ConnectionID, _ bookings: [BookingID]
    ) async throws(StoreError) -> [BookingID: [EventID]] {
        let found = try await values(store.keys.formerEvents(connection), bookings.map(\.rawValue))
        var former: [BookingID: [EventID]] = [:]
        for (booking, text) in zip(bookings, found) { former[booking] = text.map(FormerEvents.events) }
        return former
    }

    /// The events of all bookings in calendars that the connection has left, and whose they are.
    package func allFormer(_ connection: ConnectionID) async throws(StoreError) -> [EventID: BookingID] {
        var former: [EventID: BookingID] = [:]
        try await forEachField(store.keys.formerEvents(connection)) { booking, text in
            for event in FormerEvents.events(text) { former[event] = BookingID(booking) }
        }
        return former
    }

    /// Whether any booking of this connection has an event. One command.
    package func hasEvents(_ connection: ConnectionID) async throws(StoreError) -> Bool {
        try await store.send(
            ["HLEN", RedisValue(store.keys.bookingEvents(connection))], "count bookings' events"
        ).int ?? 0 > 0
    }

    /// Which of these events are bookings' own, with their records.
    package func own(
        _ connection: ConnectionID, among events: [EventID]
    ) async throws(StoreError) -> [EventID: OwnEvent] {
        let found = try await values(store.keys.bookingEvents(connection), events.map(\.rawValue))
        var bookings: [EventID: BookingID] = [:]
        for (event, booking) in zip(events, found) { bookings[event] = booking.map { BookingID($0) } }
        return try await own(connection, bookings)
    }

    /// All events of bookings, with their records.
    package func allOwn(_ connection: ConnectionID) async throws(StoreError) -> [EventID: OwnEvent] {
        var bookings: [EventID: BookingID] = [:]
        try await forEachField(store.keys.bookingEvents(connection)) { event, booking in
            bookings[EventID(event)] = BookingID(booking)
        }
        return try await own(connection, bookings)
    }

    private func forEachField(_ key: String, _ visit: (String, String) -> Void) async throws(StoreError) {
        var cursor = "0"
        repeat {
            let reply = try await store.send(
                ["HSCAN", RedisValue(key), .string(cursor), "COUNT", .integer(Self.piece)], "read bookings' events")
            cursor = reply[0]?.string ?? "0"
            for (name, value) in reply[1]?.pairs ?? [] {
                if let name = name.string, let value = value.string { visit(name, value) }
            }
        } while cursor != "0"
    }

    /// Calls `visit` with all records in pieces, in no order. Those that can't be read are left out.
    ///
    /// - Throws: `unreadable` for those of a newer fleet.
    package func forEachRecord(
        _ connection: ConnectionID, _ visit: ([(BookingID, BookingRecord)]) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        var cursor = "0"
        repeat {
            let reply = try await store.send(
                ["HSCAN", RedisValue(store.keys.bookings(connection)), .string(cursor), "COUNT", .integer(Self.piece)],
                "read bookings")
            cursor = reply[0]?.string ?? "0"
            var piece: [(BookingID, BookingRecord)] = []
            for (name, value) in reply[1]?.pairs ?? [] {
                guard let name = name.string, let json = value.string else { continue }
                if let record = try Self.record(json) { piece.append((BookingID(name), record)) }
            }
            if !piece.isEmpty { try await visit(piece) }
        } while cursor != "0"
    }

    private func own(
        _ connection: ConnectionID, _ bookings: [EventID: BookingID]
    ) async throws(StoreError) -> [EventID: OwnEvent] {
        guard !bookings.isEmpty else { return [:] }
        let records = try await records(connection, Array(Set(bookings.values)))
        var own: [EventID: OwnEvent] = [:]
        for (event, booking) in bookings {
            guard let record = records[booking], record.event == event else { continue }
            own[event] = OwnEvent(booking: booking, record: record)
        }
        return own
    }

    private func values(_ key: String, _ names: [String]) async throws(StoreError) -> [String?] {
        var values: [String?] = []
        values.reserveCapacity(names.count)
        var rest = names[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.piece)
            rest = rest.dropFirst(Self.piece)
            let reply = try await store.send(
                RedisCommand(["HMGET", RedisValue(key)] + piece.map { .string($0) }), "read bookings")
            values += (reply.array ?? []).map(\.string)
        }
        return values
    }

    private static func record(_ json: String) throws(StoreError) -> BookingRecord? {
        try readable { () throws(NewerVersion) in try BookingRecord.read(json) }
    }

    private static func readable<Value>(
        _ read: () throws(NewerVersion) -> Value
    ) throws(StoreError) -> Value {
        do throws(NewerVersion) { return try read() } catch {
            throw StoreError(error, "read a booking")
        }
    }
}

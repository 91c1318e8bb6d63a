import Foundation

extension JobReading {
    private static let bookingFields = [
        "booking_id", "op", "start_time", "end_time", "all_day", "start_date", "end_date", "title", "body", "location",
        "attendees", "show_as", "on_conflict", "revision",
    ]

    mutating func bookings() throws(FieldFault) -> [BookingRequest] {
        guard let elements = try fields.array("bookings", atMost: limits.maximumBookings) else { return [] }
        var bookings: [BookingRequest] = []
        bookings.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let name = "bookings[\(index)]"
            guard case .object(let object) = element else { throw fields.wrongType(name, element, "an object") }
            bookings.append(try booking(Fields(object: object, path: name)))
        }
        return bookings
    }

    private mutating func booking(_ fields: Fields) throws(FieldFault) -> BookingRequest {
        fields.noteUnknown(besides: Self.bookingFields, &notes)
        let operation = try fields.choice("op", BookingRequest.Operation.self) ?? .upsert
        let time = try time(fields)
        if operation == .upsert && time == nil {
            throw fields.fault("start_time", "is missing (or give all_day with start_date and end_date)")
        }
        return BookingRequest(
            id: BookingID(try fields.requiredText("booking_id", .bookingID)), operation: operation, time: time,
            title: try fields.string("title"), body: try fields.string("body"),
            location: try fields.string("location"), attendees: try attendees(fields),
            showAs: try fields.choice("show_as", ShowAs.self) ?? .busy,
            onConflict: try fields.choice("on_conflict", BookingRequest.ConflictPolicy.self) ?? .reject,
            revision: try fields.integer("revision"))
    }

    private func time(_ fields: Fields) throws(FieldFault) -> BookingRequest.Time? {
        let (start, end) = (try fields.time("start_time"), try fields.time("end_time"))
        let (startDate, endDate) = (try fields.date("start_date"), try fields.date("end_date"))
        if try fields.bool("all_day") ?? false {
            if start != nil || end != nil { throw fields.fault("all_day", "goes with dates, not with times") }
            guard startDate != nil || endDate != nil else { return nil }
            guard let startDate else { throw fields.fault("start_date", "is missing") }
            guard let endDate else { throw fields.fault("end_date", "is missing") }
            guard startDate < endDate else {
                throw fields.fault("end_date", "must be after start_date (it is exclusive)")
            }
            return .allDay(start: startDate, end: endDate)
        }
        if startDate != nil || endDate != nil {
            throw fields.fault(startDate != nil ? "start_date" : "end_date", "needs all_day true")
        }
        guard start != nil || end != nil else { return nil }
        guard let start else { throw fields.fault("start_time", "is missing") }
        guard let end else { throw fields.fault("end_time", "is missing") }
        guard start < end else { throw fields.fault("end_time", "must be after start_time") }
        return .timed(start: start, end: end)
    }

    private mutating func attendees(_ fields: Fields) throws(FieldFault) -> [BookingRequest.Attendee]? {
        guard let elements = try fields.array("attendees", atMost: limits.maximumAttendees) else { return nil }
        var attendees: [BookingRequest.Attendee] = []
        for (index, element) in elements.enumerated() {
            let name = "attendees[\(index)]"
            guard case .object(let object) = element else { throw fields.wrongType(name, element, "an object") }
            let inner = Fields(object: object, path: FieldPath.join(fields.path, name))
            inner.noteUnknown(besides: ["email", "name", "required"], &notes)
            guard let email = try inner.string("email") else { throw inner.fault("email", "is missing") }
            guard Self.isAddress(email) else { throw inner.fault("email", "must be an address, like ann@example.com") }
            attendees.append(
                BookingRequest.Attendee(
                    email: email, name: try inner.string("name"), required: try inner.bool("required") ?? true))
        }
        return attendees
    }

    /// The shape only: one part, an at sign, a host without space or control; at most 320 characters (RFC 3696,
    /// errata).
    private static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= 320, text.unicodeScalars.allSatisfy({ $0.isPrintable && $0 != " " }),
            let at = text.utf8.lastIndex(of: UInt8(ascii: "@")), at != text.utf8.startIndex
        else { return false }
        let host = text[text.index(after: at)...]
        return !host.isEmpty && !host.hasPrefix(".") && !host.hasSuffix(".")
            && !host.contains(where: { "<>,;\"()".contains($0) })
            && !text[..<at].contains(where: { "<>,;@".contains($0) })
    }
}

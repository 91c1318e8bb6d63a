import Crypto
import Foundation

/// The transaction ids of creates.
package enum TransactionID {
    /// The id of a booking's `number`-th create (from 1) in a calendar, in the form of a GUID whose first eight digits
    /// stand for the connection.
    ///
    /// It follows from what the booking is, not from chance: a fleet that lost its records, or a connection that was
    /// disconnected and made again, asks with the same id, and Graph then names the event that is there.
    static func make(_ connection: ConnectionID, _ calendar: CalendarID, _ booking: BookingID, number: Int) -> String {
        let parts = [
            connection.tenant.rawValue, connection.resource.rawValue, calendar.rawValue, booking.rawValue,
            String(number),
        ]
        let bytes =
            beginning(connection) + SHA256.hash(data: Data(parts.joined(separator: "\u{0}").utf8)).prefix(12)
        return text(bytes)
    }

    /// Whether an event's transaction id is one of this connection's creates: it was made in an earlier life of it, or
    /// in this one. (An accident is as likely as 1 in 4,000,000,000.)
    package static func isOurs(_ transactionID: String, _ connection: ConnectionID) -> Bool {
        transactionID.lowercased().hasPrefix(text(beginning(connection)))
    }

    private static func beginning(_ connection: ConnectionID) -> [UInt8] {
        Array(SHA256.hash(data: Data(connection.description.utf8)).prefix(4))
    }

    private static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }
}

import Crypto
import Foundation

/// Stands for a text where only equality matters: 96 bits of its SHA-256, so that a booking's record needn't hold a
/// body of a megabyte. The empty text is the empty digest.
package struct TextDigest: Hashable, Sendable {
    /// As it is stored.
    package let rawValue: String

    /// A digest as it was stored.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The digest of a text; nil counts as empty.
    package init(_ text: String?) {
        guard let text, !text.isEmpty else {
            rawValue = ""
            return
        }
        rawValue = Data(SHA256.hash(data: Data(text.utf8)).prefix(12)).base64EncodedString()
    }
}

/// The transaction ids of creates.
enum TransactionID {
    /// The id of a booking's `number`-th create (from 1) in a calendar, in the form of a GUID.
    ///
    /// It follows from what the booking is, not from chance: a fleet that lost its records, or a connection that was
    /// disconnected and made again, asks with the same id, and Graph then names the event that is there.
    static func make(_ connection: ConnectionID, _ calendar: CalendarID, _ booking: BookingID, number: Int) -> String {
        let parts = [
            connection.tenant.rawValue, connection.resource.rawValue, calendar.rawValue, booking.rawValue,
            String(number),
        ]
        let bytes = Array(SHA256.hash(data: Data(parts.joined(separator: "\u{0}").utf8)).prefix(16))
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }
}

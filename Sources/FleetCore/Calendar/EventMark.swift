import Crypto
import Foundation

// What we write beside an event so that it is found again, whatever a person made of it: a single-value extended
// property in a namespace of ours, which no mail client shows. A copy that a person makes carries it too, so a mark
// alone never proves that the event is the booking's own: its id does.
//
//     String {…} Name OutlookFleetBooking = 3f1c…9a/b-1
//
// The first part stands for the connection: 128 bits of SHA-256 of tenant, NUL, resource; the mailbox's owner need not
// know Sched's names. The second is the booking's id, percent-encoded: never a quote, so it can stand in a filter.

/// The mark of a booking's event.
package struct EventMark: Hashable, Sendable {
    /// Microsoft's name of the property: type, namespace, name. The GUID is ours, made once, and must stay: events in
    /// calendars hold it.
    package static let propertyID = "String {6c1f6f0e-52ad-4c0f-9b62-3f2e8c1d7a55} Name OutlookFleetBooking"

    /// As it is written.
    package let rawValue: String

    /// A mark as it was read, ours or not.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The mark of a connection's booking.
    package init(connection: ConnectionID, booking: BookingID) {
        rawValue = Self.prefix(of: connection) + "/" + Self.encoded(booking.rawValue)
    }

    /// Which booking of this connection it marks; nil for another connection's mark.
    package func booking(of connection: ConnectionID) -> BookingID? {
        let prefix = Self.prefix(of: connection) + "/"
        guard rawValue.hasPrefix(prefix) else { return nil }
        return rawValue.dropFirst(prefix.count).removingPercentEncoding.map { BookingID(rawValue: $0) }
    }

    private static func prefix(of connection: ConnectionID) -> String {
        let text = connection.tenant.rawValue + "\u{0}" + connection.resource.rawValue
        let digits = Array("0123456789abcdef".utf8)
        let hex = SHA256.hash(data: Data(text.utf8)).prefix(16).flatMap {
            [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
        }
        return String(decoding: hex, as: UTF8.self)
    }

    /// All but RFC 3986's unreserved characters encoded.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

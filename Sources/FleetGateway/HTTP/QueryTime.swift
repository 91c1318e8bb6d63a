import FleetCore
import Foundation

/// Times in a query.
enum QueryTime {
    /// As in bodies, and also where a client forgot to encode the plus of an offset and somebody made it a space.
    static func date(_ text: String) -> Date? {
        RFC3339.date(text) ?? RFC3339.date(text.replacing(" ", with: "+"))
    }
}

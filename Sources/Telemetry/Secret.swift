/// Text that must not show: a token, a key, a password. Prints, interpolates, dumps and mirrors as `***`; whoever
/// really needs it asks for ``exposed`` by that name, which is easy to find in a review.
package struct Secret: Sendable {
    /// The text itself. For the wire and the cipher only, never for a log line, a metric or an error message.
    package let exposed: String

    /// Wraps a text; nothing is copied elsewhere.
    package init(_ text: String) {
        exposed = text
    }
}

// MARK: - Printing

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `***`, whatever the length.
    package var description: String { "***" }
    /// Always `***`.
    package var debugDescription: String { "***" }
    /// Without children, so that `dump` and `String(reflecting:)` of an enclosing value show nothing either.
    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}

// MARK: - Comparing

extension Secret: Equatable {
    /// Compares in a time that depends on the lengths only: an attacker who can time it learns no prefix.
    package static func == (left: Secret, right: Secret) -> Bool {
        let (one, other) = (Array(left.exposed.utf8), Array(right.exposed.utf8))
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in one.indices { difference |= one[index] ^ other[index] }
        return difference == 0
    }
}

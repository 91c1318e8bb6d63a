/// Cuts texts at the limits that the documentation names.
package enum Clip {
    /// A title or location keeps this many bytes of UTF-8. Outlook itself allows 255 characters; the rest of the room
    /// is for scripts that need four bytes each.
    package static let textBytes = 1024

    /// The longest beginning of the text that fits, not cutting through a character's bytes.
    package static func text(_ text: String, bytes maximum: Int = textBytes) -> String {
        guard text.utf8.count > maximum else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: maximum)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text.unicodeScalars[..<end])
    }
}

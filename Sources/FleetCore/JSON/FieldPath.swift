/// How messages name a place in a payload: `settings.window.past`, `bookings[3].attendees[0].email`.
enum FieldPath {
    /// A producer's key as it may be shown: cut, without control characters, and blanked where it looks like a secret
    /// (someone may have swapped name and value).
    static func component(_ key: String) -> String {
        if looksLikeName(key) { return key }
        let shown = String(String.UnicodeScalarView(key.unicodeScalars.prefix(64)))
        let visible = String(
            String.UnicodeScalarView(
                Redaction.blank(shown).unicodeScalars.prefix(40).map { $0.isPrintable ? $0 : "\u{FFFD}" }))
        return visible.isEmpty ? "\"\"" : visible
    }

    static func join(_ outer: String, _ inner: String) -> String {
        if outer.isEmpty { return inner }
        if inner.isEmpty { return outer }
        return inner.hasPrefix("[") ? outer + inner : "\(outer).\(inner)"
    }

    /// Whether a key is made of words: `refresh_token_expires_in`, `preferredLanguage2`. A warning that names a field
    /// `***` helps nobody; sixteen characters of an opaque token look like this once in some thousand times.
    private static func looksLikeName(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        guard !bytes.isEmpty, bytes.count <= 40, bytes.allSatisfy({ ASCIISet.identifier.contains($0) }) else {
            return false
        }
        if bytes.count < Redaction.shortestRun { return true }
        let capitals = bytes.indices.filter { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[$0]) }
        let digits = bytes.count { ASCIISet.digits.contains($0) }
        let areApart = zip(capitals, capitals.dropFirst()).allSatisfy { $1 - $0 > 2 }
        return areApart && digits <= 1
    }
}

/// How messages name a place in a payload: `settings.window.past`, `bookings[3].attendees[0].email`.
enum FieldPath {
    /// A producer's key as it may be shown: cut, without control characters, and blanked where it looks like a secret
    /// (someone may have swapped name and value).
    static func component(_ key: String) -> String {
        let isPlain = key.utf8.count <= 40 && key.utf8.allSatisfy { ASCIISet.identifier.contains($0) }
        if isPlain && key.utf8.count < Redaction.shortestRun { return key }
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
}

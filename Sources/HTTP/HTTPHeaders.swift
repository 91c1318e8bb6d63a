/// Header fields in the order they came, names compared without case, repeated fields kept apart.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    private var fields: [(name: String, value: String)] = []

    /// No fields.
    package init() {}

    /// Fields in this order; a name may come twice.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// The number of fields.
    package var count: Int { fields.count }

    /// The value of the first field of that name; nil if there is none. Setting replaces all fields of that name, nil
    /// removes them.
    package subscript(name: String) -> String? {
        get { fields.first { isSameName($0.name, name) }?.value }
        set {
            fields.removeAll { isSameName($0.name, name) }
            if let newValue { append(name, newValue) }
        }
    }

    /// The values of all fields of that name, in order.
    package func all(_ name: String) -> [String] {
        fields.filter { isSameName($0.name, name) }.map(\.value)
    }

    /// Adds a field after those that are there.
    package mutating func append(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Calls `body` with every field, in order.
    package func forEach<Failure>(_ body: (String, String) throws(Failure) -> Void) throws(Failure) {
        for field in fields { try body(field.name, field.value) }
    }
}

// MARK: - Names

/// ASCII without case (RFC 9110, section 5.1). `lowercased()` would fold by Unicode: "K" (Kelvin) is no "k" here.
private func isSameName(_ left: String, _ right: String) -> Bool {
    let left = left.utf8
    let right = right.utf8
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { $0 == $1 || lower($0) == lower($1) }
}

private func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

/// A JSON text as a small tree, made only by ``StrictJSON``: whatever is in it was valid.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number; always finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// What kind of value it is, for messages to people: `a string`, `null`.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The text; nil unless it is a string.
    package var stringValue: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The object; nil unless it is one.
    package var objectValue: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The whole number within ±2^53 (`3`, `3.0` and `3e0` alike); nil otherwise.
    package var integerValue: Int? {
        let limit: Int64 = 1 << 53
        switch self {
        case .integer(let value): return abs(value.clamped) <= limit ? Int(value) : nil
        case .number(let value):
            guard value.rounded(.towardZero) == value, abs(value) <= Double(limit) else { return nil }
            return Int(value)
        default: return nil
        }
    }

    /// Whether it is a number without a fraction, of whatever size.
    package var isWholeNumber: Bool {
        switch self {
        case .integer: true
        case .number(let value): value.rounded(.towardZero) == value
        default: false
        }
    }

    /// The truth value; nil unless it is `true` or `false`.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
}

extension Int64 {
    /// Itself, except the one value whose absolute value overflows.
    fileprivate var clamped: Int64 { self == .min ? .max : self }
}

/// The members of a JSON object in the order of the text; no two have equal keys.
///
/// A list, not a dictionary: payloads have about ten members, for which a walk is faster than hashing, and the order is
/// kept.
package struct JSONObject: Sendable, Equatable {
    /// One member and where its value lies in the text.
    package struct Member: Sendable, Equatable {
        /// Its name, unescaped.
        package var key: String
        /// Its value.
        package var value: JSONValue
        /// First byte of the value in the text; payloads are far below 4 GiB.
        var start: UInt32
        /// One past its last byte.
        var end: UInt32

        /// Equal key and value, wherever they stand.
        package static func == (left: Member, right: Member) -> Bool {
            left.key == right.key && left.value == right.value
        }

        /// The bytes of the value in the text.
        var range: Range<Int> { Int(start)..<Int(end) }
    }

    /// In the order of the text.
    package var members: [Member]

    /// Wraps members whose keys are known to differ.
    init(members: [Member]) { self.members = members }

    /// The value of a member; nil if there is none.
    package subscript(key: String) -> JSONValue? { member(key)?.value }

    /// The member of that name.
    func member(_ key: String) -> Member? {
        for member in members where member.key == key { return member }
        return nil
    }
}

/// A JSON value whose objects keep the order of their members.
///
/// The simulator has its own JSON because it needs what Foundation's coders don't give: members in Graph's order,
/// integers that stay integers, and bodies that are wrong on purpose.
package enum JSON: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSON])
    /// An object; a name may occur once only.
    case object(JSONObject)
}

/// The members of a JSON object in the order of writing.
package struct JSONObject: Sendable, Hashable {
    /// One member.
    package struct Member: Sendable, Hashable {
        /// The member's name.
        package var name: String
        /// The member's value.
        package var value: JSON
    }

    /// The members, in order.
    package var members: [Member]

    /// An object without members.
    package init() { members = [] }

    /// The members as given; of two with one name both stay.
    package init(_ members: [(String, JSON)]) { self.members = members.map { Member(name: $0.0, value: $0.1) } }

    /// The value of a member; `nil` where there is none. Setting `nil` removes it; a new name goes to the end.
    package subscript(_ name: String) -> JSON? {
        get { members.first { $0.name == name }?.value }
        set {
            if let index = members.firstIndex(where: { $0.name == name }) {
                if let newValue { members[index].value = newValue } else { members.remove(at: index) }
            } else if let newValue {
                members.append(Member(name: name, value: newValue))
            }
        }
    }

    /// The names, in order.
    package var names: [String] { members.map(\.name) }

    /// Whether there is no member.
    package var isEmpty: Bool { members.isEmpty }
}

// MARK: - Reading

extension JSON {
    /// The text, if this is one.
    package var string: String? { if case .string(let value) = self { value } else { nil } }

    /// The truth value, if this is one.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The whole number, if this is one, however it is written.
    package var integer: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, whole or not.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements, if this is a list.
    package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

    /// The members, if this is an object.
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// Whether this is `null`.
    package var isNull: Bool { if case .null = self { true } else { false } }

    /// A member of an object; `nil` where this is no object or has no such member.
    package subscript(_ name: String) -> JSON? { object?[name] }

    /// An element of a list; `nil` where this is no list or is shorter.
    package subscript(_ index: Int) -> JSON? {
        guard case .array(let value) = self, value.indices.contains(index) else { return nil }
        return value[index]
    }
}

// MARK: - Literals

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    package init(stringLiteral value: String) { self = .string(value) }
    /// A truth value.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number.
    package init(floatLiteral value: Double) { self = .number(value) }
    /// `null`.
    package init(nilLiteral: ()) { self = .null }
    /// A list.
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// An object in the order of writing.
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
}

extension JSON {
    /// A text or `null`.
    init(_ value: String?) { self = value.map(JSON.string) ?? .null }
    /// A whole number.
    init(_ value: Int) { self = .integer(Int64(value)) }
    /// A list of texts.
    init(_ values: [String]) { self = .array(values.map(JSON.string)) }
}

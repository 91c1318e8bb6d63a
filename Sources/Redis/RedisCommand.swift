/// One argument of a command. Written as a literal where it is constant: `["GET", key]`.
package enum RedisValue: Sendable, Hashable {
    /// Text, sent as UTF-8.
    case string(String)
    /// Bytes as they are.
    case bytes([UInt8])
    /// A number, sent in decimal.
    case integer(Int)

    /// Text.
    package init(_ text: String) { self = .string(text) }
    /// Bytes.
    package init(_ bytes: [UInt8]) { self = .bytes(bytes) }
    /// A number.
    package init(_ number: Int) { self = .integer(number) }
}

extension RedisValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    /// A constant text.
    package init(stringLiteral value: String) { self = .string(value) }
    /// A constant number.
    package init(integerLiteral value: Int) { self = .integer(value) }
}

/// A command with its arguments: `RedisCommand("HSET", key, "field", .bytes(value))`.
package struct RedisCommand: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The command's name first.
    package var arguments: [RedisValue]

    /// Name and arguments.
    package init(_ name: RedisValue, _ arguments: RedisValue...) {
        self.arguments = [name] + arguments
    }

    /// Name and arguments in one list, which must not be empty.
    package init(_ arguments: [RedisValue]) {
        precondition(!arguments.isEmpty, "a command has a name")
        self.arguments = arguments
    }

    /// Name and arguments as a literal.
    package init(arrayLiteral elements: RedisValue...) { self.init(elements) }
}

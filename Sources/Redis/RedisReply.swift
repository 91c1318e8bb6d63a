/// A reply of Redis (RESP2).
package enum RedisReply: Sendable, Equatable {
    /// A bulk string: bytes, which need not be UTF-8.
    case bytes([UInt8])
    /// A status such as `OK` or `QUEUED`.
    case status(String)
    /// A number.
    case integer(Int64)
    /// Several replies.
    case array([RedisReply])
    /// Nothing: a missing key, a timeout of a blocking command.
    case null
    /// An error inside an array, or one of several replies; a single error reply is thrown instead.
    indirect case error(RedisError)
}

extension RedisReply {
    /// The text of a bulk string or a status; bytes that are not UTF-8 are repaired with U+FFFD. Nil for anything else.
    package var string: String? {
        switch self {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    /// The bytes of a bulk string or a status; nil for anything else.
    package var bytes: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .status(let text): Array(text.utf8)
        default: nil
        }
    }

    /// The number of an integer, or of a bulk string that holds one (hash fields, Lua's `TIME`); nil for anything else.
    package var int: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .bytes(let bytes): Int(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// The elements of an array; nil for anything else.
    package var array: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// True for `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The error, if this is one.
    package var error: RedisError? {
        if case .error(let error) = self { error } else { nil }
    }

    /// Elements two by two, as `HGETALL`, `ZRANGE ... WITHSCORES` and stream entries list them; nil for anything else
    /// and for an odd number.
    package var pairs: [(key: RedisReply, value: RedisReply)]? {
        guard let array, array.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: array.count, by: 2).map { (key: array[$0], value: array[$0 + 1]) }
    }

    /// The element of an array, or nil when there is none at `index` or this is no array.
    package subscript(index: Int) -> RedisReply? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

/// What Redis answered, as RESP2 says it. Texts are bytes: a value may hold anything.
enum Reply: Sendable, Equatable {
    case status(String)
    case error(String)
    case integer(Int)
    case bulk([UInt8])
    case null
    case array([Reply])

    /// A bulk or status text.
    var string: String? {
        switch self {
        case .status(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    var int: Int? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    var elements: [Reply] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    /// The elements' texts; those that are none are left out.
    var strings: [String] { elements.compactMap(\.string) }

    /// A flat array of names and values as a dictionary.
    var pairs: [String: String] {
        var pairs: [String: String] = [:]
        let texts = strings
        for index in stride(from: 0, to: texts.count - 1, by: 2) { pairs[texts[index]] = texts[index + 1] }
        return pairs
    }
}

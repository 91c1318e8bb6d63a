import Foundation

/// Base64 in Graph's dialects. Ids are written by the thousand for one page, so encoding is a plain loop over a table.
enum Base64 {
    private static let standardDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// With `-` and `_`, padded: the form of Outlook's ids.
    static func padded(_ bytes: [UInt8]) -> String { encode(bytes, digits: urlDigits, pads: true) }

    /// With `-` and `_`, without padding: the form of tokens.
    static func bare(_ bytes: [UInt8]) -> String { encode(bytes, digits: urlDigits, pads: false) }

    /// With `+` and `/`, padded: the form of change keys.
    static func standard(_ bytes: [UInt8]) -> String { encode(bytes, digits: standardDigits, pads: true) }

    private static func encode(_ bytes: [UInt8], digits: [UInt8], pads: Bool) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                Int(bytes[index]) << 16 | (left > 1 ? Int(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? Int(bytes[index + 2]) : 0)
            output.append(digits[group >> 18])
            output.append(digits[group >> 12 & 63])
            if left > 1 { output.append(digits[group >> 6 & 63]) } else if pads { output.append(UInt8(ascii: "=")) }
            if left > 2 { output.append(digits[group & 63]) } else if pads { output.append(UInt8(ascii: "=")) }
            index += 3
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Undoes `padded`; `nil` for anything else, wrong or missing padding included.
    static func decode(padded text: String) -> [UInt8]? {
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }) else { return nil }
        let standard = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        return Data(base64Encoded: Data(standard)).map { [UInt8]($0) }
    }

    /// Undoes `bare`.
    static func decode(bare text: String) -> [UInt8]? {
        decode(padded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }
}

import Foundation

/// Repairs of JSON text that Foundation's decoder refuses and Exchange sends all the same.
enum JSONText {
    /// The value of a JSON string's inside; what isn't valid stays as it stands.
    static func unescaped(_ inside: String) -> String {
        (try? JSONDecoder().decode(String.self, from: Data("\"\(inside)\"".utf8))) ?? inside
    }

    /// Whether there may be something to repair: invalid UTF-8, or a surrogate written as an escape (rare, for Graph
    /// writes UTF-8).
    static func needsRepair(_ bytes: UnsafeRawBufferPointer) -> Bool {
        holdsSurrogates(bytes) || bytes.contains { $0 >= 0x80 } && String(validating: bytes, as: UTF8.self) == nil
    }

    private static func holdsSurrogates(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = bytes.startIndex
        while let backslash = bytes[index...].firstIndex(of: UInt8(ascii: "\\")), backslash + 3 < bytes.count {
            let isSurrogate =
                bytes[backslash + 1] == UInt8(ascii: "u") && bytes[backslash + 2] | 0x20 == UInt8(ascii: "d")
                && bytes[backslash + 3] >= UInt8(ascii: "8")
            if isSurrogate { return true }
            index = backslash + 2
        }
        return false
    }

    /// The same JSON with each lone surrogate escape (`\ud83d` without its other half: Exchange cuts previews and long
    /// subjects in the middle of a character) replaced by U+FFFD, and invalid UTF-8 likewise.
    static func repaired(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let source = Array(String(decoding: bytes, as: UTF8.self).utf8)
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            guard source[index] == UInt8(ascii: "\\"), index + 1 < source.count else {
                result.append(source[index])
                index += 1
                continue
            }
            let (length, isLone) = escape(source, at: index)
            result.append(contentsOf: isLone ? replacement[...] : source[index..<(index + length)])
            index += length
        }
        return result
    }

    private static let replacement = Array("\\ufffd".utf8)

    /// The escape at `index`: how long it is (both halves of a pair), and whether it is half a pair alone.
    private static func escape(_ source: [UInt8], at index: Int) -> (length: Int, isLone: Bool) {
        guard let unit = unit(source, at: index) else { return (min(2, source.count - index), false) }
        switch unit {
        case 0xD800...0xDBFF:
            if let low = Self.unit(source, at: index + 6), (0xDC00...0xDFFF).contains(low) { return (12, false) }
            return (6, true)
        case 0xDC00...0xDFFF: return (6, true)
        default: return (6, false)
        }
    }

    /// The code unit of `\uXXXX` at `index`.
    private static func unit(_ source: [UInt8], at index: Int) -> UInt16? {
        guard index + 6 <= source.count, source[index] == UInt8(ascii: "\\"), source[index + 1] == UInt8(ascii: "u")
        else { return nil }
        return UInt16(String(decoding: source[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
    }
}

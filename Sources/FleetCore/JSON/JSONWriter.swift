package import Foundation

/// Writes JSON straight into bytes, members in the order of the calls. Results and events are written tens of thousands
/// of times a second; this costs a tenth of Foundation's encoder and keeps the order of the fields.
///
/// The caller writes well-formed sequences (a key before each member's value); commas come by themselves.
package struct JSONWriter {
    /// The text so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Begins an empty text, with room for so many bytes.
    package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// The text as a string.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// `{`.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// `}`.
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// `[`.
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// `]`.
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the member that follows; a plain ASCII literal, written as it is.
    package mutating func key(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The name of the member that follows, whatever it holds.
    package mutating func key(_ name: String) {
        comma()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string; controls, quotes and backslashes are escaped, everything else is UTF-8 as it is.
    package mutating func value(_ text: String) {
        comma()
        quote(text)
        needsComma = true
    }

    /// A whole number.
    package mutating func value(_ number: Int) { raw(String(number)) }

    /// `true` or `false`.
    package mutating func value(_ truth: Bool) { raw(truth ? "true" : "false") }

    /// A time: RFC 3339, UTC, whole seconds.
    package mutating func value(_ date: Date) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        RFC3339.append(date, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A value that is JSON already.
    package mutating func raw(_ json: String) {
        comma()
        bytes.append(contentsOf: json.utf8)
        needsComma = true
    }

    /// Any value of the tree.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let truth): self.value(truth)
        case .integer(let number): raw(String(number))
        case .number(let number): raw(String(number))
        case .string(let text): self.value(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            var start = 0
            for index in 0..<utf8.count {
                let byte = utf8[index]
                if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                escape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            let hex = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: [UInt8(ascii: "u"), 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]])
        }
    }
}

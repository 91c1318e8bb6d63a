extension StrictJSONScanner {
    /// Reads a string; `position` is at its opening quote.
    mutating func string() throws(StrictJSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            try step(over: byte)
        }
        throw fault("ends within a string")
    }

    /// Goes on with a string in which an escape was met.
    private mutating func escapedString(from start: Int) throws(StrictJSONError) -> String {
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &text)
            } else {
                let from = position
                try step(over: byte)
                text.append(contentsOf: bytes[from..<position])
            }
        }
        throw fault("ends within a string")
    }

    /// Steps over one character; the bytes must be the shortest UTF-8 form of a scalar (Unicode 15, table 3-7).
    @inline(__always)
    private mutating func step(over byte: UInt8) throws(StrictJSONError) {
        if byte < 0x80 {
            guard byte >= 0x20 else { throw fault("has a control character that is not escaped") }
            position += 1
        } else {
            try stepOverMultibyte(byte)
        }
    }

    private mutating func stepOverMultibyte(_ lead: UInt8) throws(StrictJSONError) {
        let second: ClosedRange<UInt8>
        let length: Int
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw fault("is not valid UTF-8")
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else {
            throw fault("is not valid UTF-8")
        }
        for index in 2..<max(length, 2) where bytes[position + index] & 0xC0 != 0x80 {
            throw fault("is not valid UTF-8")
        }
        position += length
    }

    private mutating func escape(into text: inout [UInt8]) throws(StrictJSONError) {
        guard position + 1 < bytes.count else { throw fault("ends within a string") }
        let letter = bytes[position + 1]
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): return try unicodeEscape(into: &text)
        default: throw fault("has an unknown escape")
        }
        position += 2
    }

    private mutating func unicodeEscape(into text: inout [UInt8]) throws(StrictJSONError) {
        let start = position
        var code = try fourDigits(at: start + 2)
        position = start + 6
        if (0xD800...0xDBFF).contains(code) {
            guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw fault("has a lone surrogate", at: start) }
            let low = try fourDigits(at: position + 2)
            guard (0xDC00...0xDFFF).contains(low) else { throw fault("has a lone surrogate", at: start) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            position += 6
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("has a lone surrogate", at: start) }
        text.append(contentsOf: UTF8.encode(scalar)!)
    }

    private func fourDigits(at offset: Int) throws(StrictJSONError) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw fault("ends within a string") }
        var code: UInt32 = 0
        for index in offset..<offset + 4 {
            let byte = bytes[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw fault("has an escape without four hexadecimal digits", at: offset)
            }
            code = code << 4 | UInt32(digit)
        }
        return code
    }
}

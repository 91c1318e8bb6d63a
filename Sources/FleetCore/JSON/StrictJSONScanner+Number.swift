extension StrictJSONScanner {
    /// Reads a number by RFC 8259's grammar: no leading zero, no plus, no bare point, no NaN, no hexadecimal.
    mutating func number() throws(StrictJSONError) -> JSONValue {
        let start = position
        let isNegative = next == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let firstDigit = position
        skipDigits()
        guard position > firstDigit else { throw fault("has a malformed number", at: start) }
        if bytes[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
            throw fault("has a number with a leading zero", at: start)
        }
        let digitsEnd = position
        try fraction(of: start)
        try exponent(of: start)
        if position == digitsEnd, let value = integer(firstDigit..<digitsEnd, isNegative: isNegative) {
            return .integer(value)
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        // RFC 8259 leaves the range to the reader; Lua would take infinity, Foundation refuses it, and so do we.
        guard let value = Double(text), value.isFinite else { throw fault("has a number that is too large", at: start) }
        return .number(value)
    }

    private mutating func skipDigits() {
        while position < bytes.count, ASCIISet.digits.contains(bytes[position]) { position += 1 }
    }

    private mutating func fraction(of start: Int) throws(StrictJSONError) {
        guard next == UInt8(ascii: ".") else { return }
        position += 1
        let first = position
        skipDigits()
        guard position > first else { throw fault("has a malformed number", at: start) }
    }

    private mutating func exponent(of start: Int) throws(StrictJSONError) {
        guard next | 0x20 == UInt8(ascii: "e") else { return }
        position += 1
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
        let first = position
        skipDigits()
        guard position > first else { throw fault("has a malformed number", at: start) }
    }

    /// nil when it doesn't fit 64 bits.
    private func integer(_ digits: Range<Int>, isNegative: Bool) -> Int64? {
        guard digits.count <= 19 else { return nil }
        var value: Int64 = 0
        for index in digits {
            // Summed up as a negative number, of which there is one more.
            let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.subtractingReportingOverflow(Int64(bytes[index] - UInt8(ascii: "0")))
            guard !tooBig, !overflow else { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }
}

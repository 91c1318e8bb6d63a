/// A set of ASCII characters as two words: a look-up is a shift.
struct ASCIISet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ characters: String) {
        for byte in characters.utf8 { insert(byte) }
    }

    private mutating func insert(_ byte: UInt8) {
        precondition(byte < 0x80)
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
        return byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    static func alphanumerics(and others: String) -> ASCIISet {
        ASCIISet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + others)
    }

    /// Every printable character but the space.
    static let visible = ASCIISet(String(decoding: UInt8(0x21)...UInt8(0x7E), as: UTF8.self))
    static let digits = ASCIISet("0123456789")
    static let identifier = ASCIISet.alphanumerics(and: "_.-")
    /// What secrets are made of, as the contract has it.
    static let opaque = ASCIISet.alphanumerics(and: "._~+/=-")
}

extension Unicode.Scalar {
    /// Whether it shows: no control, format, private, unassigned or separating character, except the space.
    var isPrintable: Bool {
        if value < 0x80 { return (0x20..<0x7F).contains(value) }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }
}

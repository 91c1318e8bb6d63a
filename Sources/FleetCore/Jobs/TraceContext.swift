/// What the contract takes for a `traceparent`.
enum TraceContext {
    /// W3C Trace Context, "traceparent header field values". A version newer than 00 may go on after a dash, in
    /// characters that a header may hold.
    static func isTraceparent(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.count == $1 }), text.utf8.count <= 512,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return false }
        let hex = ASCIISet("0123456789abcdef")
        guard parts.prefix(4).allSatisfy({ $0.allSatisfy(hex.contains) }) else { return false }
        let isZero = parts[1...2].contains { $0.allSatisfy { $0 == UInt8(ascii: "0") } }
        let version = String(decoding: parts[0], as: UTF8.self)
        return !isZero && version != "ff" && (version != "00" || parts.count == 4)
    }
}

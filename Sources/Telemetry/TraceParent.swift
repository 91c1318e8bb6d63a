/// The W3C `traceparent` of a job: which trace it belongs to, and the span that pushed it.
///
///     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
///     version trace id (16 bytes)          parent id (8 B)  flags
///
/// Source: W3C Trace Context, Level 1, section 3.2. A higher version is read by the rules of 00 (section 3.2.3),
/// with further fields after the flags left aside, and written as 00.
package struct TraceParent: Sendable, Hashable {
    /// 32 lower-case hex digits, not all zero.
    package let traceID: String
    /// 16 lower-case hex digits, not all zero: the span that is the parent of whatever is done next.
    package let parentID: String
    /// Only bit 0, *sampled*, has a meaning.
    package let flags: UInt8

    /// Whether the caller recorded its part of the trace.
    package var isSampled: Bool { flags & 1 == 1 }

    /// Reads the header's text; nil if it is malformed (then the job goes on without, with a warning).
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].count == 2, parts[1].count == 32, parts[2].count == 16, parts[3].count == 2,
            parts[0...3].allSatisfy({ $0.allSatisfy(Self.isLowerHex) })
        else { return nil }
        let version = String(Substring(parts[0]))
        guard version != "ff", version != "00" || parts.count == 4 else { return nil }
        guard parts[1].contains(where: { $0 != UInt8(ascii: "0") }),
            parts[2].contains(where: { $0 != UInt8(ascii: "0") }),
            let flags = UInt8(String(Substring(parts[3])), radix: 16)
        else { return nil }
        traceID = String(Substring(parts[1]))
        parentID = String(Substring(parts[2]))
        self.flags = flags
    }

    private init(traceID: String, parentID: String, flags: UInt8) {
        self.traceID = traceID
        self.parentID = parentID
        self.flags = flags
    }

    /// The same trace with a span of ours as the parent: what goes out with a call that this job makes.
    package func child(using generator: inout some RandomNumberGenerator) -> TraceParent {
        let span = UInt64.random(in: 1 ... .max, using: &generator)
        return TraceParent(traceID: traceID, parentID: Self.hex(span, digits: 16), flags: flags)
    }

    /// The same trace with a span of ours as the parent, drawn from the system's generator.
    package func child() -> TraceParent {
        var generator = SystemRandomNumberGenerator()
        return child(using: &generator)
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

extension TraceParent: CustomStringConvertible {
    /// The header's text, version 00.
    package var description: String { "00-\(traceID)-\(parentID)-\(Self.hex(UInt64(flags), digits: 2))" }
}

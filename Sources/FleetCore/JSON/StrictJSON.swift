// The one scanner that reads what producers wrote. Foundation's coders take duplicate keys, invalid UTF-8 in fields
// that nobody asks for, and trailing commas; Lua's cjson takes NaN, hex and the other one of two duplicate keys. Two
// parsers that disagree about one text are how a job lands in another tenant's lane, so lane, tenant and id come from
// here only.
//
// One pass over the bytes, recursive descent (the depth is bounded, so the stack is too). Strings without escapes are
// made straight from their bytes; UTF-8 is checked on the way. Cost: about 1 us for a sync payload of 130 bytes.

/// Reads JSON as RFC 8259 has it and takes nothing else: valid UTF-8 everywhere, no key twice in an object (compared
/// byte by byte after unescaping), no lone surrogate, no trailing comma, no raw control character, no byte order mark,
/// nothing after the value, at most 64 levels.
package enum StrictJSON {
    /// What a text may be at most.
    package struct Limits: Sendable {
        /// Size in bytes. 1 MiB.
        package var maximumBytes = 1 << 20
        /// Open objects and arrays at once. 64.
        package var maximumDepth = 64

        /// The contract's limits.
        package init() {}
    }

    /// The value of the text.
    /// - Throws: what is wrong, where, and under which field path.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: Limits = Limits()
    ) throws(StrictJSONError) -> JSONValue {
        guard bytes.count <= limits.maximumBytes else {
            throw StrictJSONError("is larger than \(limits.maximumBytes) bytes", at: limits.maximumBytes)
        }
        return try scan(bytes, maximumDepth: limits.maximumDepth).result.get()
    }

    /// The value of the text.
    /// - Throws: what is wrong, where, and under which field path.
    package static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(StrictJSONError) -> JSONValue {
        try bytes.withUnsafeBytes { raw in
            Result { () throws(StrictJSONError) in try parse(raw, limits: limits) }
        }.get()
    }

    /// The value of the text.
    /// - Throws: what is wrong, where, and under which field path.
    package static func parse(_ text: String, limits: Limits = Limits()) throws(StrictJSONError) -> JSONValue {
        try parse(Array(text.utf8), limits: limits)
    }

    /// Like `parse`, but gives also the members of the outermost object that were complete when the fault was met.
    static func scan(
        _ bytes: UnsafeRawBufferPointer, maximumDepth: Int
    ) -> (result: Result<JSONValue, StrictJSONError>, outermost: [JSONObject.Member]) {
        bytes.withMemoryRebound(to: UInt8.self) { typed in
            var scanner = StrictJSONScanner(bytes: typed, maximumDepth: maximumDepth)
            do throws(StrictJSONError) {
                return (.success(try scanner.document()), [])
            } catch {
                return (.failure(error), scanner.outermost)
            }
        }
    }
}

/// What is wrong with a JSON text.
package struct StrictJSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The field the fault lies in, like `bookings[3].title`; empty at the outermost level.
    package private(set) var path: String
    /// Completes the sentence "the field ...". Never holds a value of the text.
    package let reason: String
    /// Where in the text, in bytes from its beginning.
    package let offset: Int
    /// The key that was given twice, if that is the fault.
    let duplicate: String?

    init(_ reason: String, at offset: Int, path: String = "", duplicate: String? = nil) {
        self.reason = reason
        self.offset = offset
        self.path = path
        self.duplicate = duplicate
    }

    /// The same fault, one level further out.
    func under(key: String) -> StrictJSONError {
        var copy = self
        copy.path = FieldPath.join(FieldPath.component(key), path)
        return copy
    }

    /// The same fault, inside an array.
    func under(index: Int) -> StrictJSONError {
        var copy = self
        copy.path = FieldPath.join("[\(index)]", path)
        return copy
    }

    /// `bookings[3].title: has a lone surrogate (byte 120)`.
    package var description: String {
        (path.isEmpty ? "the payload" : "\(path):") + " \(reason) (byte \(offset))"
    }
}

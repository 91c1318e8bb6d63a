import Foundation
import HTTP

// What nobody here wants of Graph's answers may be megabytes: bodies, and lists of 500 attendees. `calendarView/delta`
// can't be told to leave them out, and neither can the answers of writes. So they are left out while the bytes come in,
// before anything is held or decoded: each value of such a member becomes null.
//
//   {"id":"1","body":{"contentType":"html","content":"<html>..."},"start":...
//   {"id":"1","body":null,"start":...
//
// One pass over slices that may end anywhere, also in the middle of a key or an escape. It follows strings and brackets
// only: whether the rest is JSON is its decoder's to say, and an answer that was cut off stays so. A key written with
// escapes is kept: that costs memory, no more. Cost: about a nanosecond a byte; strings that are dropped a tenth of it.

/// Leaves members out of JSON.
struct MemberFilter: BodyFilter {
    private enum State {
        /// Outside of strings, all is kept.
        case plain
        case string, escape
        /// Behind a string: was it a key?
        case afterString
        /// Behind the colon of a key whose value goes.
        case dropping
        case droppedScalar, droppedString, droppedEscape, droppedBrackets
    }

    private var state = State.plain
    /// Brackets that are open, those of a dropped value left out.
    private var depth = 0
    /// Of the value that is being dropped.
    private var droppedDepth = 0
    private var key = Name()
    private let names: [Name]
    private let leastDepth: Int

    /// What no caller of ours reads of an event.
    static let events = MemberFilter(["body", "bodyPreview", "attendees"])
    /// The same for a batch: the answers of its parts are called `body`, too, at depth 3.
    static let batch = MemberFilter(["body", "bodyPreview", "attendees"], below: 3)

    /// - Parameters:
    ///   - names: of at most 16 bytes each.
    ///   - depth: members of objects that have more brackets around them, their own included.
    init(_ names: [String], below depth: Int = 0) {
        self.names = names.map { name in
            precondition(name.utf8.count <= 16)
            var key = Name()
            for byte in name.utf8 { key.append(byte) }
            return key
        }
        leastDepth = depth + 1
    }

    mutating func keep(_ slice: UnsafeRawBufferPointer, in body: inout [UInt8]) {
        // Where what is kept and not yet appended begins; nil while a value is dropped.
        var start = isDropping ? nil : Optional(0)
        var index = 0
        while index < slice.count {
            let byte = slice[index]
            switch state {
            case .plain: plain(byte)
            case .string: string(byte)
            case .escape: state = .string
            case .afterString:
                if isSpace(byte) { break }
                if byte == UInt8(ascii: ":"), depth >= leastDepth, names.contains(key) {
                    body.append(contentsOf: slice[(start ?? 0)...index])
                    body.append(contentsOf: Array("null".utf8))
                    start = nil
                    (state, droppedDepth) = (.dropping, 0)
                } else {
                    state = .plain
                    continue
                }
            case .dropping, .droppedScalar, .droppedString, .droppedEscape, .droppedBrackets:
                index = drop(slice, from: index)
                if !isDropping { start = index }
                continue
            }
            index += 1
        }
        if let start, !isDropping { body.append(contentsOf: slice[start...]) }
    }

    private var isDropping: Bool {
        switch state {
        case .plain, .string, .escape, .afterString: false
        case .dropping, .droppedScalar, .droppedString, .droppedEscape, .droppedBrackets: true
        }
    }

    private mutating func plain(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""):
            key = Name()
            state = .string
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }

    private mutating func string(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): state = .afterString
        case UInt8(ascii: "\\"):
            key.spoil()
            state = .escape
        default: key.append(byte)
        }
    }

    /// Goes on with a value that is dropped; where it stopped: behind the value, or at the slice's end.
    private mutating func drop(_ slice: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < slice.count {
            let byte = slice[index]
            switch state {
            case .droppedString:
                index = dropString(slice, from: index)
                if state == .plain { return index }
                continue
            case .droppedEscape: state = .droppedString
            case .droppedScalar:
                guard !isDelimiter(byte) else {
                    state = .plain
                    return index
                }
            case .dropping where !isSpace(byte) && isDelimiter(byte):
                // The value is missing.
                state = .plain
                return index
            default:
                bracketsOrBeginning(byte)
                if state == .plain { return index + 1 }
            }
            index += 1
        }
        return index
    }

    private mutating func bracketsOrBeginning(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): state = .droppedString
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            droppedDepth += 1
            state = .droppedBrackets
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            droppedDepth -= 1
            if droppedDepth == 0 { state = .plain }
        default:
            if state == .dropping, !isSpace(byte) { state = .droppedScalar }
        }
    }

    /// Most of what is dropped: so not byte by byte.
    private mutating func dropString(_ slice: UnsafeRawBufferPointer, from start: Int) -> Int {
        let end = slice.position(of: UInt8(ascii: "\""), from: start) ?? slice.count
        if let backslash = slice.position(of: UInt8(ascii: "\\"), from: start, before: end) {
            guard backslash + 1 < slice.count else {
                state = .droppedEscape
                return slice.count
            }
            return backslash + 2
        }
        guard end < slice.count else { return end }
        state = droppedDepth == 0 ? .plain : .droppedBrackets
        return end + 1
    }

    /// The first bytes of a string, and how long it is.
    private struct Name: Equatable {
        private var first: UInt64 = 0
        private var second: UInt64 = 0
        private var count = 0

        mutating func append(_ byte: UInt8) {
            if count < 8 {
                first = first << 8 | UInt64(byte)
            } else if count < 16 {
                second = second << 8 | UInt64(byte)
            }
            count += 1
        }

        /// No key of ours any more.
        mutating func spoil() { count = 1000 }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func position(of byte: UInt8, from start: Int, before end: Int? = nil) -> Int? {
        guard let base = baseAddress, let found = memchr(base + start, Int32(byte), (end ?? count) - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }
}

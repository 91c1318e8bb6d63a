// Outlook's ids.
//
// What clients may learn from real ids, and no more: they are long, opaque, case-sensitive, base64 with `-` and `_`
// that ends in `=`; they are bound to one mailbox; an event's id changes when it moves to another calendar, unless the
// immutable form is asked for; an occurrence's id stays as long as its date does; a calendar's id has one form only.
// So an id is a record: whose mailbox, which folder, which item, which date, and a check sum. An id of another
// mailbox, a cut or re-encoded one fails the check: Graph answers those with ErrorInvalidIdMalformed, while a
// well-formed id of something that is gone is ErrorItemNotFound.

/// What an id stands for.
struct OutlookReference: Hashable, Sendable {
    enum Kind: UInt8 {
        case event = 0
        case occurrence = 1
        case calendar = 2
        case group = 3
    }

    var kind: Kind
    /// Number of the folder (calendar) in the mailbox; 0 in immutable ids, which don't say.
    var folder: Int
    /// Number of the item, unique over all mailboxes; 0 for calendars.
    var item: Int
    /// The date on which an occurrence was due by the rule of its series.
    var day: Day?
    var isImmutable = false
}

/// Writes and reads the ids of one mailbox.
struct OutlookIDs: Sendable {
    /// The mailbox's GUID as text: it can be seen in the first third of each of its ids, as in real ones.
    private let mailbox: [UInt8]
    private let store: [UInt8]
    private let seed: UInt64

    private static let header: [UInt8] = [0x00, 0x03, 0x24, 0x00]
    /// The bytes with which immutable ids of Exchange Online begin.
    private static let immutableHeader: [UInt8] =
        Base64.decode(padded: "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A") ?? []
    private static let regularLength = 113
    private static let immutableLength = 65

    init(mailboxID: String, seed: UInt64) {
        mailbox = Array(mailboxID.utf8)
        let own = mailbox.reduce(seed) { SeededRandom.mix($0 &+ UInt64($1)) }
        var random = SeededRandom(seed: own)
        store = random.bytes(16)
        self.seed = random.next()
    }

    func text(_ reference: OutlookReference) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.regularLength)
        if reference.isImmutable {
            bytes += Self.immutableHeader
            bytes += store
        } else {
            bytes += Self.header
            bytes += mailbox
            bytes += [0x00, 0x46, 0, 0, 0, 0]
            bytes += store
            bytes += [0x07, 0x00]
            bytes += store.reversed()
            bytes += [0, 0]
            append(UInt64(reference.folder), count: 4, to: &bytes)
            bytes += [0, 0]
        }
        bytes.append(reference.kind.rawValue)
        append(UInt64(bitPattern: Int64(reference.day?.number ?? 0)), count: 4, to: &bytes)
        append(UInt64(reference.item), count: 8, to: &bytes)
        append(check(reference), count: 8, to: &bytes)
        let length = reference.isImmutable ? Self.immutableLength : Self.regularLength
        bytes += [UInt8](repeating: 0, count: length - bytes.count)
        return Base64.padded(bytes)
    }

    /// Reads an id.
    ///
    /// - Throws: ErrorInvalidIdMalformed unless it is an id of this mailbox, character by character.
    func reference(_ text: String) throws(GraphFailure) -> OutlookReference {
        guard let bytes = Base64.decode(padded: text) else { throw .malformedID }
        let isImmutable = bytes.count == Self.immutableLength && bytes.starts(with: Self.immutableHeader)
        guard isImmutable || (bytes.count == Self.regularLength && bytes.starts(with: Self.header)) else {
            throw .malformedID
        }
        let at = isImmutable ? Self.immutableHeader.count + 16 : 88
        guard let kind = OutlookReference.Kind(rawValue: bytes[at]) else { throw .malformedID }
        let folder = isImmutable ? 0 : read(bytes, at: 82, count: 4)
        let day = Int(Int32(truncatingIfNeeded: read(bytes, at: at + 1, count: 4)))
        let item = read(bytes, at: at + 5, count: 8)
        guard folder < 1 << 31, item >= 0 else { throw .malformedID }
        let reference = OutlookReference(
            kind: kind, folder: folder, item: item, day: kind == .occurrence ? Day(number: day) : nil,
            isImmutable: isImmutable)
        // Comparing the whole text also covers the mailbox, the check sum and every stray bit.
        guard self.text(reference) == text else { throw .malformedID }
        return reference
    }

    /// The change key of a state: 22 bytes, new with each change of the item, the same for equal states.
    func changeKey(_ change: Int) -> String {
        var bytes = store
        append(UInt64(change), count: 6, to: &bytes)
        return Base64.standard(bytes)
    }

    private func check(_ reference: OutlookReference) -> UInt64 {
        var sum = SeededRandom.mix(seed ^ UInt64(reference.item))
        sum = SeededRandom.mix(sum ^ UInt64(reference.folder) << 8 ^ UInt64(reference.kind.rawValue))
        return SeededRandom.mix(sum ^ UInt64(bitPattern: Int64(reference.day?.number ?? 0)))
    }

    private func append(_ value: UInt64, count: Int, to bytes: inout [UInt8]) {
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }

    private func read(_ bytes: [UInt8], at offset: Int, count: Int) -> Int {
        Int(bitPattern: UInt(bytes[offset..<offset + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
    }
}

import FleetCore
package import Foundation

// A payload of a version that this fleet doesn't know yet waits for a worker that does. It may hold tokens that we
// can't tell from other texts, so all of it is sealed; what intake needs to know beside it stands before that in the
// clear and is authenticated with it:
//
//   newer     set   versions of which something waits
//   newer:2   list  newer LF version SP letter of its list SP ms at which the fleet first saw it LF the sealed payload
//
// Nothing producers push begins like that (it isn't JSON), so what is taken up goes through intake like a payload.

/// A payload of a newer version, as it rests until somebody knows it.
package struct PutAside: Sendable, Equatable {
    private static let mark = Array("newer\n".utf8)

    /// What its `v` says.
    package let version: Int
    /// Where it was pushed.
    package let list: IngressList
    /// When the fleet first saw it, by Redis's clock.
    package let takenAt: Date
    /// As it rests.
    let encoded: [UInt8]
    private let sealed: String

    /// Seals `payload`.
    package init(_ payload: [UInt8], version: Int, list: IngressList, takenAt: Date, sealer: Sealer) {
        let header = "\(version) \(list.letter) \(takenAt.milliseconds)"
        self.init(
            version: version, list: list, takenAt: takenAt, header: header,
            sealed: sealer.seal(payload, .newer, id: header))
    }

    private init(version: Int, list: IngressList, takenAt: Date, header: String, sealed: String) {
        self.version = version
        self.list = list
        self.takenAt = takenAt
        self.sealed = sealed
        encoded = Self.mark + Array("\(header)\n\(sealed)".utf8)
    }

    /// Reads what rests; nil for any other payload. Costs nothing for those.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.starts(with: Self.mark) else { return nil }
        let lines = bytes.dropFirst(Self.mark.count).split(separator: UInt8(ascii: "\n"), maxSplits: 1)
        guard lines.count == 2 else { return nil }
        let words = String(decoding: lines[0], as: UTF8.self).split(separator: " ")
        guard words.count == 3, let version = Int(words[0]), words[1].count == 1,
            let list = IngressList(letter: Character(String(words[1]))), let milliseconds = Int(words[2])
        else { return nil }
        self.init(
            version: version, list: list, takenAt: Date(milliseconds: milliseconds),
            header: "\(version) \(list.letter) \(milliseconds)", sealed: String(decoding: lines[1], as: UTF8.self))
    }

    private var header: String { "\(version) \(list.letter) \(takenAt.milliseconds)" }

    /// The payload as it came.
    package func opened(_ sealer: Sealer) throws(Sealer.Fault) -> [UInt8] {
        try sealer.open(sealed, .newer, id: header)
    }

    /// Sealed under the key that seals now; nil if it is.
    ///
    /// - Throws: where no key of the file opens it.
    func sealedAnew(_ sealer: Sealer) throws(Sealer.Fault) -> PutAside? {
        guard sealer.isOutdated(sealed) else { return nil }
        return PutAside(try opened(sealer), version: version, list: list, takenAt: takenAt, sealer: sealer)
    }
}

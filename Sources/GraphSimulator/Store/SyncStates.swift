import Crypto
import Foundation

// Delta tokens.
//
// A token is a record, whitened and signed, of the form seen in real links: 214 characters, a dot, 43 characters.
//   $deltatoken  window, version of the calendar up to which everything was told, generation, chain
//   $skiptoken   the same, and a round and a position in it
// Delta tokens carry all they need, so they live until a rule kills them: generations (a chain of rounds keeps its
// last few), or a control request that loses the state. Skip tokens point into a round that the simulator holds; the
// list of what a round tells is fixed when it begins, what it tells of each item is the item's state when its page is
// asked for.

/// A calendar window's state as a token carries it.
struct SyncToken: Equatable {
    var folder: UInt64
    var window: Window
    var version: Int
    var generation: Int
    var chain: UInt64
    var epoch: Int
    /// Round and position of a skip token; 0 and 0 in a delta token.
    var round = 0
    var position = 0
}

/// What one page of a round may tell.
enum DeltaUnit {
    /// A single event, or a series with all its occurrences: a series is never split over pages.
    case item(Int)
    /// The master of a series on its own.
    case master(Int)
    /// An item, or an occurrence of one, that left.
    case removal(item: Int, customID: String?, day: Day?, reason: RemovalReason)
}

/// A round in progress.
struct DeltaRound {
    let units: [DeltaUnit]
    /// Whether it began without a token: then what is outside the window is left out, not reported as removed.
    let isInitial: Bool
    let upTo: Int
}

/// How a lost state is spelt. All have been seen.
enum LossSpelling: String, CaseIterable, Sendable {
    case lowerNotFound = "syncStateNotFound"
    case notFound = "SyncStateNotFound"
    case fullSyncRequired, resyncRequired
    case invalid = "SyncStateInvalid"
}

/// All states of delta rounds.
struct SyncStates {
    var generations: Int
    private(set) var rounds: [Int: DeltaRound] = [:]
    private var roundOrder: [Int] = []
    private var heldUnits = 0
    private var lastRound = 0
    private var highest: [UInt64: Int] = [:]
    private var epochs: [UInt64: (epoch: Int, spelling: LossSpelling)] = [:]
    private let seed: UInt64
    private let key: SymmetricKey

    private static let payloadLength = 160
    /// Rounds are dropped, oldest first, above this many units; their skip tokens are then lost.
    private static let maximumUnits = 3_000_000

    init(seed: UInt64, generations: Int) {
        self.generations = generations
        self.seed = seed
        var random = SeededRandom(seed: seed ^ 0x5359_4E43)
        key = SymmetricKey(data: random.bytes(32))
    }

    /// What a calendar is called in tokens.
    static func folderKey(mailbox: Mailbox, folder: CalendarFolder) -> UInt64 {
        SeededRandom.mix(mailbox.id.utf8.reduce(UInt64(folder.number)) { SeededRandom.mix($0 &+ UInt64($1)) })
    }

    func epoch(of folder: UInt64) -> Int { epochs[folder]?.epoch ?? 0 }

    /// Kills all tokens of a calendar.
    mutating func lose(folder: UInt64, spelling: LossSpelling) {
        epochs[folder] = ((epochs[folder]?.epoch ?? 0) + 1, spelling)
    }

    mutating func add(_ round: DeltaRound) -> Int {
        lastRound += 1
        rounds[lastRound] = round
        roundOrder.append(lastRound)
        heldUnits += round.units.count + 1
        while heldUnits > Self.maximumUnits, roundOrder.count > 1 {
            let oldest = roundOrder.removeFirst()
            heldUnits -= (rounds[oldest]?.units.count ?? 0) + 1
            rounds[oldest] = nil
        }
        return lastRound
    }

    /// Notes a generation that was handed out: it ages those before it.
    mutating func issued(_ token: SyncToken) {
        highest[token.chain] = max(highest[token.chain] ?? 0, token.generation)
    }

    /// Refuses tokens that a rule has killed.
    func check(_ token: SyncToken, floor: Int, version: Int) throws(GraphFailure) {
        let (epoch, spelling) = epochs[token.folder] ?? (0, .notFound)
        if token.epoch != epoch { throw Self.lost(spelling, token: token, highest: highest[token.chain] ?? 0) }
        let top = max(highest[token.chain] ?? 0, token.generation)
        let isOld = generations > 0 && token.generation <= top - generations
        if isOld || token.version < floor || token.version > version {
            throw Self.lost(.notFound, token: token, highest: top)
        }
    }

    static func lost(_ spelling: LossSpelling, token: SyncToken?, highest: Int) -> GraphFailure {
        let generation = token?.generation ?? 0
        let message =
            "The sync state generation is not found; generation=\(generation);[highest=\(highest)]"
            + (0..<3).map { "[\(highest - $0)]" }.joined() + "."
        switch spelling {
        case .lowerNotFound, .notFound: return GraphFailure(410, spelling.rawValue, message)
        case .fullSyncRequired:
            return GraphFailure(
                410, spelling.rawValue, "The sync state is too old: a full synchronization is required.")
        case .resyncRequired:
            return GraphFailure(410, spelling.rawValue, "Resync required. Replace any local items with the server's.")
        case .invalid:
            return GraphFailure(400, spelling.rawValue, "The sync state data is invalid.")
        }
    }

    // MARK: Text

    func text(_ token: SyncToken) -> String {
        var bytes: [UInt8] = []
        for value in Self.fields(token) { append(value, to: &bytes) }
        var random = SeededRandom(seed: bytes.reduce(seed) { SeededRandom.mix($0 &+ UInt64($1)) })
        let nonce = random.next()
        bytes += random.bytes(Self.payloadLength - 8 - bytes.count)
        var payload: [UInt8] = []
        append(nonce, to: &payload)
        payload += whitened(bytes, nonce: nonce)
        let signature = HMAC<SHA256>.authenticationCode(for: payload, using: key)
        return Base64.bare(payload) + "." + Base64.bare(Array(signature))
    }

    /// Reads a token; `nil` for anything that didn't come from `text`.
    func token(_ text: String) -> SyncToken? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let payload = Base64.decode(bare: String(parts[0])),
            let signature = Base64.decode(bare: String(parts[1])), payload.count == Self.payloadLength,
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: payload, using: key)
        else { return nil }
        let bytes = whitened(Array(payload[8...]), nonce: read(payload, 0))
        let value = { (index: Int) in Int(truncatingIfNeeded: read(bytes, index)) }
        return SyncToken(
            folder: read(bytes, 0),
            window: Window(from: Instant(ticks: Int64(value(1))), to: Instant(ticks: Int64(value(2)))),
            version: value(3), generation: value(4), chain: read(bytes, 5), epoch: value(6), round: value(7),
            position: value(8))
    }

    private static func fields(_ token: SyncToken) -> [UInt64] {
        [token.folder]
            + [
                Int(token.window.from.ticks), Int(token.window.to.ticks), token.version, token.generation,
            ].map { UInt64(truncatingIfNeeded: $0) } + [token.chain]
            + [token.epoch, token.round, token.position].map { UInt64(truncatingIfNeeded: $0) }
    }

    private func whitened(_ bytes: [UInt8], nonce: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed ^ nonce)
        return bytes.map { $0 ^ UInt8(truncatingIfNeeded: random.next() >> 24) }
    }

    private func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    private func read(_ bytes: [UInt8], _ index: Int) -> UInt64 {
        bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

import FleetCore
import Foundation
import Reactor

/// What a round of pages belongs to: staged with each page, so that a later run goes on only with what it would have
/// begun itself.
struct RoundHeader: Sendable, Equatable {
    /// Of the connection; a connect's is the one that it makes.
    var generation: Int
    /// The calendar's real id.
    var calendar: CalendarID
    var extent: SyncRound.Extent
    var range: RoundRange
    /// The link that the round began with; nil for one that began with its range.
    var base: DeltaToken?
    /// The round is read a second time, for the first looked suspicious.
    var isSecondRead = false

    /// A round over everything in place of this one: its token is lost, or everything was asked for.
    func whole(_ range: RoundRange) -> RoundHeader {
        var header = self
        header.extent = extent == .first ? .first : .full
        header.range = range
        header.base = nil
        return header
    }

    /// Whether a run that wants `self` may go on with a round that was begun as `begun`: an incremental one if it began
    /// with the same link; a full one whatever its exact range, as long as it isn't much older.
    func mayGoOn(with begun: RoundHeader) -> Bool {
        guard generation == begun.generation, calendar == begun.calendar else { return false }
        let age = abs(range.end.timeIntervalSince(begun.range.end))
        switch (extent, begun.extent) {
        case (.incremental, .incremental): return base == begun.base
        // It was wanted as a difference, and turned out to need everything.
        case (.incremental, .full): return age <= 32 * 86_400
        case (.full, .full), (.first, .first): return age <= 86_400
        default: return false
        }
    }
}

/// A page of a round as it is staged.
struct StagedPage: Sendable, Equatable {
    var header: RoundHeader
    var items: [RemoteItem]
    /// On the round's last page: begins the next round.
    var token: DeltaToken?
}

// MARK: - As it rests
//
// A line of JSON for the header, then a line for each item, as RemoteItem writes it. A page that can't be read (an
// older or newer worker's) makes the round begin anew.

extension StagedPage {
    private static let version = 1

    /// - Parameter privateTitles: of the settings; else a private event's texts don't rest here either.
    func encoded(privateTitles: Bool) async -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("v", Self.version)
        writer.member("generation", header.generation)
        writer.member("calendar", header.calendar.rawValue)
        writer.member("extent", Self.name(header.extent))
        writer.member("start", Int(header.range.start.timeIntervalSince1970))
        writer.member("end", Int(header.range.end.timeIntervalSince1970))
        writer.optional("base", header.base?.rawValue)
        if header.isSecondRead { writer.member("second", true) }
        writer.optional("token", token?.rawValue)
        writer.endObject()
        var bytes = writer.bytes
        var turn = LoopTurn()
        for item in items {
            await turn.share()
            bytes.append(UInt8(ascii: "\n"))
            bytes += item.staged(privateTitles: privateTitles).utf8
        }
        return bytes
    }

    /// nil for anything that `encoded` of this version didn't write.
    init?(encoded bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let first = lines.first, let object = (try? StrictJSON.parse(Array(first)))?.objectValue,
            object["v"]?.integerValue == Self.version, let generation = object["generation"]?.integerValue,
            let calendar = object["calendar"]?.stringValue,
            let extent = object["extent"]?.stringValue.flatMap(Self.extent(named:)),
            let start = object["start"]?.integerValue, let end = object["end"]?.integerValue
        else { return nil }
        var items: [RemoteItem] = []
        items.reserveCapacity(lines.count - 1)
        for line in lines.dropFirst() {
            guard let item = RemoteItem(staged: String(decoding: line, as: UTF8.self)) else { return nil }
            items.append(item)
        }
        self.init(
            header: RoundHeader(
                generation: generation, calendar: CalendarID(calendar), extent: extent,
                range: RoundRange(
                    start: Date(timeIntervalSince1970: Double(start)), end: Date(timeIntervalSince1970: Double(end))),
                base: object["base"]?.stringValue.map { DeltaToken($0) },
                isSecondRead: object["second"]?.boolValue ?? false), items: items,
            token: object["token"]?.stringValue.map { DeltaToken($0) })
    }

    private static func name(_ extent: SyncRound.Extent) -> String {
        switch extent {
        case .first: "first"
        case .full: "full"
        case .incremental: "incremental"
        }
    }

    private static func extent(named name: String) -> SyncRound.Extent? {
        switch name {
        case "first": .first
        case "full": .full
        case "incremental": .incremental
        default: nil
        }
    }
}

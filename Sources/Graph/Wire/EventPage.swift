package import FleetCore
import HTTP
import Reactor

/// One page of a delta round, read and reduced.
package struct EventPage: Sendable {
    /// Where the round goes from here.
    package enum Next: Sendable, Equatable {
        /// Another page.
        case page(DeltaToken)
        /// The round is complete; this begins the next one.
        case done(DeltaToken)
    }

    /// In Graph's order; the same id may come again, in this page and in later ones, and the last one counts.
    package var items: [RemoteItem]
    /// Where the round goes from here.
    package var next: Next
    /// The page size to go on with: smaller than asked for if a page came too large.
    package var pageSize: Int
    /// How many items are `malformed`.
    package var malformedCount: Int
}

/// A page's layout and its items, decoded so that the loop's other work gets its turns.
enum PageReader {
    static func layout(_ body: [UInt8]) throws(PageFault) -> PageLayout {
        try body.withUnsafeBytes { bytes in
            Result { () throws(PageFault) in try PageScanner.scan(bytes) }
        }.get()
    }

    static func items<Item>(
        _ body: [UInt8], _ ranges: [Range<Int>], _ read: (UnsafeRawBufferPointer) -> Item
    ) async throws(CancellationError) -> [Item] {
        var items: [Item] = []
        items.reserveCapacity(ranges.count)
        var turn = LoopTurn()
        for range in ranges {
            if Task.isCancelled { throw CancellationError() }
            await turn.share()
            items.append(body.withUnsafeBytes { read(UnsafeRawBufferPointer(rebasing: $0[range])) })
        }
        return items
    }
}

import FleetCore
import Foundation
import HTTP

extension GraphSession {
    /// One calendar, by its path: the default one, or one by id. One call; a calendar on whatever page of the list is
    /// found, and a wrong id is `notFound`.
    ///
    /// - Throws: as `perform`.
    package func calendar(_ target: CalendarTarget) async throws -> RemoteCalendar {
        let body = try await perform(GraphCall(.calendar, .get, .path(target.path))).body
        guard let calendar = (try? JSONDecoder().decode(WireCalendar.self, from: Data(body)))?.calendar else {
            throw unreadable(.calendar, "no calendar")
        }
        return calendar
    }

    /// All calendars of a mailbox, shared ones among them. One call per page of 100. Those without an id are left out.
    ///
    /// - Throws: as `perform`; `GraphError` with `retry` when the list doesn't end.
    package func calendars(_ scope: MailboxScope) async throws -> [RemoteCalendar] {
        var calendars: [RemoteCalendar] = []
        try await pages(.calendars, scope.path + "/calendars?$top=100") { bytes in
            if let calendar = (try? JSONDecoder().decode(WireCalendar.self, from: Data(bytes)))?.calendar {
                calendars.append(calendar)
            }
        }
        return calendars
    }

    /// Reads all pages of a list, following its links as they are.
    ///
    /// - Parameter arePages: see `GraphCall.isPage`.
    func pages(
        _ operation: GraphOperation, _ path: String, preferences: [String] = [], arePages: Bool = false,
        _ read: (UnsafeRawBufferPointer) -> Void
    ) async throws {
        var guarded = PageGuard(maximumPages: client.limits.maximumPages)
        var target = GraphCall.Target.path(path)
        while true {
            var call = GraphCall(operation, .get, target, preferences: preferences)
            call.isPage = arePages
            let body = try await perform(call).body
            let (layout, ranges) = try page(body, operation)
            _ = try await PageReader.items(body, ranges, read)
            guard let link = layout.nextLink else { return }
            guard guarded.mayFollow(link) else { throw unreadable(operation, "a list that goes round in circles") }
            target = .link(try pinned(link, operation).rawValue)
        }
    }
}

/// Notices lists and rounds that never end: a link that comes again, or too many pages. (Both have been seen:
/// github.com/microsoftgraph/msgraph-sdk-dotnet/issues/3070.)
package struct PageGuard: Sendable {
    private let maximumPages: Int
    private var seen: Set<Int> = []

    /// At the start of a list or round. Default: at most 10,000 pages.
    package init(maximumPages: Int = 10_000) { self.maximumPages = maximumPages }

    /// Whether the next page may be asked for by this link; false ends the list or round.
    ///
    /// Links are remembered by their hash (8 bytes for several hundred): that two differ and have the same one is less
    /// likely in 10,000 pages than 1 in 10^11.
    package mutating func mayFollow(_ link: String) -> Bool {
        seen.count < maximumPages && seen.insert(link.hashValue).inserted
    }
}

package import FleetCore
package import Foundation
import HTTP

extension GraphSession {
    /// Where a delta round stands.
    package enum DeltaPosition: Sendable, Equatable {
        /// A new round over this window, which its tokens then keep.
        case start(from: Date, to: Date)
        /// A link that an earlier page gave: the next page, or the next round.
        case link(DeltaToken)
    }

    /// Asks for one page of a calendar view's changes.
    ///
    /// Ids are immutable ids, times are asked for in UTC. A page that is too large for one answer is asked for again
    /// with a quarter of its items, down to one; each try counts as a call.
    ///
    /// Cost: one call, and about 15 us a full event. Bodies and attendees are dropped while they come in; the answer's
    /// other bytes are given back before this returns.
    ///
    /// - Throws: as `perform`; `GraphError` with `resync` when the link is too old (also in the middle of a round: then
    ///   start over), with `permanent(.foreignHost)` when a link leads elsewhere.
    package func calendarViewDelta(
        _ target: CalendarTarget, _ position: DeltaPosition, pageSize: Int
    ) async throws -> EventPage {
        var pageSize = max(1, pageSize)
        while true {
            do {
                return try await deltaPage(target, position, pageSize)
            } catch let error as GraphError where error.isAnswerTooLarge && pageSize > 1 {
                pageSize = max(1, pageSize / 4)
            }
        }
    }

    private func deltaPage(
        _ target: CalendarTarget, _ position: DeltaPosition, _ pageSize: Int
    ) async throws -> EventPage {
        let start: GraphCall.Target =
            switch position {
            case .start(let from, let to): .path(target.viewPath + "/delta" + windowQuery(from: from, to: to))
            case .link(let token): .link(token.rawValue)
            }
        // Preferences aren't part of the token: they go with every request of a round.
        var call = GraphCall(
            .delta, .get, start, preferences: [Preference.pageSize(pageSize), Preference.immutableID])
        call.isPage = pageSize > 1
        let body = try await perform(call).body
        let (layout, ranges) = try page(body, .delta)
        let next: EventPage.Next
        if let link = layout.nextLink {
            next = .page(try pinned(link, .delta))
        } else if let link = layout.deltaLink {
            next = .done(try pinned(link, .delta))
        } else {
            throw unreadable(.delta, "a page without a link")
        }
        let items = try await PageReader.items(body, ranges) { RemoteItem(json: $0) }
        let malformed = items.count { if case .malformed = $0 { true } else { false } }
        return EventPage(items: items, next: next, pageSize: pageSize, malformedCount: malformed)
    }

    // MARK: - Pages

    /// A page's layout, checked.
    func page(_ body: [UInt8], _ operation: GraphOperation) throws(GraphError) -> (PageLayout, [Range<Int>]) {
        let layout: PageLayout
        do { layout = try PageReader.layout(body) } catch {
            throw unreadable(operation, "a page that is \(error.reason)")
        }
        guard let items = layout.items else { throw unreadable(operation, "a page without items") }
        return (layout, items)
    }

    /// A link, refused here already: what is stored must be good to follow.
    func pinned(_ link: String, _ operation: GraphOperation) throws(GraphError) -> DeltaToken {
        guard client.endpoint.admits(link) else {
            throw GraphError(.permanent(.foreignHost), operation, reason: "a link leads to a foreign host")
        }
        return DeltaToken(link)
    }

    /// An answer 200 that makes no sense: from a proxy in between, or cut off. Again later.
    func unreadable(_ operation: GraphOperation, _ what: String) -> GraphError {
        GraphError(.retry, operation, status: 200, reason: "the answer is \(what)")
    }
}

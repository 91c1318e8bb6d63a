package import FleetCore
package import Foundation
import HTTP

extension GraphSession {
    /// One event, occurrence or master by its id.
    ///
    /// - Throws: as `perform`; `notFound` when it is gone.
    package func event(_ target: CalendarTarget, _ id: EventID) async throws -> RemoteItem {
        let query = "?" + EventRequest.selection + EventRequest.moments
        let call = GraphCall(
            .event, .get, .path(target.eventPath(id) + query), preferences: [Preference.immutableID])
        let body = try await perform(call).body
        return body.withUnsafeBytes { RemoteItem(json: $0) }
    }

    /// The occurrences and exceptions of a series that touch a window. One call per page of 100.
    ///
    /// Each of them carries the whole body of its series. Where that makes a page too large, they are asked for without
    /// it, and so without the times of their last change, which can't be selected in a view: one call more.
    ///
    /// - Throws: as `perform`; `notFound` when the master is gone.
    package func instances(
        _ target: CalendarTarget, of master: EventID, from: Date, to: Date
    ) async throws -> [RemoteItem] {
        let path = target.eventPath(master) + "/instances" + windowQuery(from: from, to: to) + "&$top=100"
        do {
            return try await instances(path, isPage: true)
        } catch let error as GraphError where error.isAnswerTooLarge {
            return try await instances(path + "&" + EventRequest.selection, isPage: false)
        }
    }

    private func instances(_ path: String, isPage: Bool) async throws -> [RemoteItem] {
        var items: [RemoteItem] = []
        try await pages(.instances, path, preferences: [Preference.immutableID], arePages: isPage) {
            items.append(RemoteItem(json: $0))
        }
        return items
    }
}

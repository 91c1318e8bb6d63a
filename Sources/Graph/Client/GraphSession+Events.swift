package import FleetCore
package import Foundation
import HTTP

extension GraphSession {
    /// One event, occurrence or master by its id.
    ///
    /// - Throws: as `perform`; `notFound` when it is gone.
    package func event(_ target: CalendarTarget, _ id: EventID) async throws -> RemoteItem {
        let call = GraphCall(
            .event, .get, .path(target.eventPath(id)), preferences: [Preference.immutableID])
        let body = try await perform(call).body
        return body.withUnsafeBytes { RemoteItem(json: $0) }
    }

    /// The occurrences and exceptions of a series that touch a window. One call per page of 100.
    ///
    /// - Throws: as `perform`; `notFound` when the master is gone.
    package func instances(
        _ target: CalendarTarget, of master: EventID, from: Date, to: Date
    ) async throws -> [RemoteItem] {
        var items: [RemoteItem] = []
        let path = target.eventPath(master) + "/instances" + windowQuery(from: from, to: to) + "&$top=100"
        try await pages(.instances, path, preferences: [Preference.immutableID]) { items.append(RemoteItem(json: $0)) }
        return items
    }
}

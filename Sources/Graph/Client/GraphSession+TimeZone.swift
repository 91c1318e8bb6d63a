import FleetCore
package import Foundation
import HTTP

extension GraphSession {
    /// The zone set in the mailbox's settings, as Graph names it (Windows or IANA name). Nil where it isn't set, or
    /// where the token may not read settings: the permission is one more than calendars need. One call.
    ///
    /// - Throws: as `perform`, except for access that is denied or an answer without a zone.
    package func mailboxTimeZone(_ scope: MailboxScope) async throws -> String? {
        let call = GraphCall(.mailboxSettings, .get, .path(scope.path + "/mailboxSettings"))
        return try await withoutAnswer {
            let body = Data(try await perform(call).body)
            return named((try? JSONDecoder().decode(WireMailboxSettings.self, from: body))?.timeZone)
        }
    }

    /// The zone of a mailbox's working hours, as free/busy look-ups tell it: the way to it with calendar permissions
    /// only. Nil for personal accounts (they have none of this), for zones that have no name, and where Graph refuses.
    /// One call.
    ///
    /// - Parameter address: the mailbox's address; an object id won't do.
    /// - Throws: as `perform`, except for refusals.
    package func workingHoursTimeZone(_ scope: MailboxScope, address: String, on day: Date) async throws -> String? {
        let body: [String: Any] = [
            "schedules": [address], "availabilityViewInterval": 60,
            "startTime": ["dateTime": String(RFC3339.string(day).dropLast()), "timeZone": "UTC"],
            "endTime": ["dateTime": String(RFC3339.string(day + 3600).dropLast()), "timeZone": "UTC"],
        ]
        let bytes = try JSONSerialization.data(withJSONObject: body)
        let call = GraphCall(.schedule, .post, .path(scope.path + "/calendar/getSchedule"), body: Array(bytes))
        return try await withoutAnswer {
            let body = Data(try await perform(call).body)
            let answer = try? JSONDecoder().decode(WireSchedules.self, from: body)
            return named(answer?.value?.first?.workingHours?.timeZone?.name)
        }
    }

    /// A look-up that is only nice to have: what Graph refuses for good counts as "not known".
    private func withoutAnswer(_ lookUp: () async throws -> String?) async throws -> String? {
        do {
            return try await lookUp()
        } catch let error as GraphError {
            switch error.action {
            case .accessDenied, .notFound, .mailboxUnavailable, .permanent(.request), .permanent(.item),
                .permanent(.notSupported):
                return nil
            default: throw error
            }
        }
    }

    /// Zones without a usable name: `Customized Time Zone` (working hours set by hand), and the empty ones of mailboxes
    /// that were never opened.
    private func named(_ zone: String?) -> String? {
        guard let zone, !zone.isEmpty, zone != "[]", zone != "Customized Time Zone" else { return nil }
        return zone
    }
}

private struct WireMailboxSettings: Decodable {
    var timeZone: String?
}

private struct WireSchedules: Decodable {
    struct Schedule: Decodable {
        var workingHours: WorkingHours?
    }
    struct WorkingHours: Decodable {
        var timeZone: Zone?
    }
    struct Zone: Decodable {
        var name: String?
    }
    var value: [Schedule]?
}

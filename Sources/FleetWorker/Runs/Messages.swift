import FleetCore

/// What a successful job's `message` says to people. The first sentences are the product's and fixed.
enum Message {
    static let connected = "Outlook Calendar connected successfully."
    static let synchronized = "Outlook Calendar synchronized successfully."
    static let disconnected = "Outlook Calendar disconnected successfully."

    /// - Parameter polled: the period in seconds, when realtime was asked for and isn't possible.
    static func connect(canEdit: Bool, direction: ConnectionSettings.Direction, polledEvery polled: Int?) -> String {
        var message = connected
        if let polled {
            message += " Realtime is not available here; changes are fetched every \(duration(polled)) instead."
        }
        if !canEdit, direction != .pull {
            message += " The calendar is read-only: bookings can't be pushed to it."
        }
        return message
    }

    /// - Parameter malformed: events set aside because they can't be read.
    static func sync(malformed: Int) -> String {
        switch malformed {
        case 0: synchronized
        case 1: "\(synchronized) 1 event could not be read and was left out."
        default: "\(synchronized) \(malformed) events could not be read and were left out."
        }
    }

    /// - Parameters:
    ///   - unreachable: why Outlook could not be asked, or let something not go, if so.
    ///   - left: events that stay there for that reason, as far as they are known.
    ///   - isWatched: Graph didn't let the subscription go.
    static func disconnect(unreachable: String?, left: Int = 0, isWatched: Bool = false) -> String {
        guard let unreachable else {
            return isWatched
                ? "\(disconnected) Its subscription could not be removed in Outlook, and ends there within 7 days."
                : disconnected
        }
        let events = left == 1 ? "1 event" : "\(left) events"
        let what = left == 0 ? "Nothing could be removed in Outlook" : "\(events) could not be removed in Outlook"
        return "\(disconnected) \(what): \(unreachable)."
    }

    /// `5 minutes`, `1 hour`, `90 seconds`.
    static func duration(_ seconds: Int) -> String {
        func counted(_ count: Int, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
        if seconds % 86_400 == 0 { return counted(seconds / 86_400, "day") }
        if seconds % 3600 == 0 { return counted(seconds / 3600, "hour") }
        if seconds % 60 == 0 { return counted(seconds / 60, "minute") }
        return counted(seconds, "second")
    }
}

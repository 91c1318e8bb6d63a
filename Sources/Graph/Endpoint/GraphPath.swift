package import FleetCore
import Foundation

/// Whose mailbox a call is about.
package enum MailboxScope: Hashable, Sendable {
    /// The user whose token it is.
    case me
    /// A user by object id or address; the only form for app-only tokens, and for mailboxes of others.
    case user(MailboxID)

    /// `me` for nil.
    package init(_ mailbox: MailboxID?) {
        self = mailbox.map(MailboxScope.user) ?? .me
    }

    var path: String {
        switch self {
        case .me: "/me"
        case .user(let mailbox): "/users/" + PercentCoding.encode(mailbox.rawValue)
        }
    }
}

/// Which calendar of a mailbox. Graph knows no id `primary`: the default calendar has a path of its own.
package enum CalendarRef: Hashable, Sendable {
    /// The mailbox's default calendar.
    case primary
    /// A calendar by its id, which belongs to the mailbox in the path: the same calendar has another id in a sharee's.
    case id(CalendarID)

    /// `primary` for the word that payloads use.
    package init(_ calendar: CalendarID) {
        self = calendar == .primary ? .primary : .id(calendar)
    }
}

/// A calendar of a mailbox: what the calls are about.
package struct CalendarTarget: Hashable, Sendable {
    /// Whose.
    package var scope: MailboxScope
    /// Which.
    package var calendar: CalendarRef

    /// A calendar of a mailbox.
    package init(_ scope: MailboxScope, _ calendar: CalendarRef) {
        self.scope = scope
        self.calendar = calendar
    }

    /// `/me/calendar` or `/me/calendars/{id}`.
    var path: String {
        switch calendar {
        case .primary: scope.path + "/calendar"
        case .id(let id): scope.path + "/calendars/" + PercentCoding.encode(id.rawValue)
        }
    }

    /// The view's path: documented for the default calendar as `/me/calendarView`, without `calendar` in between.
    var viewPath: String {
        switch calendar {
        case .primary: scope.path + "/calendarView"
        case .id: path + "/calendarView"
        }
    }

    /// Where events are made and listed: `/me/calendar/events`.
    var eventsPath: String { path + "/events" }

    /// An event's path. Through its calendar where that has an id: a shared calendar's events lie in another mailbox.
    func eventPath(_ event: EventID) -> String {
        let events = calendar == .primary ? scope.path + "/events/" : path + "/events/"
        return events + PercentCoding.encode(event.rawValue)
    }
}

/// The query that bounds a view; instants in UTC with `Z`, so that no plus sign needs care.
func windowQuery(from start: Date, to end: Date) -> String {
    "?startDateTime=\(RFC3339.string(start))&endDateTime=\(RFC3339.string(end))"
}

/// What a call is, for the metrics' label and for the few errors whose meaning depends on it.
package enum GraphOperation: String, Sendable, CaseIterable {
    case calendar
    case calendars
    case delta
    case event
    case instances
    case mailboxSettings = "mailbox_settings"
    case schedule
    case createEvent = "create_event"
    case updateEvent = "update_event"
    case deleteEvent = "delete_event"
    case view
    case batch
    case findEvents = "find_events"
    case subscription
    case renewSubscription = "renew_subscription"
    case deleteSubscription = "delete_subscription"
    case subscriptions
}

extension GraphOperation {
    /// What of its answer isn't held; nil where all of it is.
    var filter: MemberFilter? {
        switch self {
        case .delta, .event, .instances, .view, .createEvent, .updateEvent, .findEvents: .events
        case .batch: .batch
        case .calendar, .calendars, .mailboxSettings, .schedule, .deleteEvent, .subscription, .renewSubscription,
            .deleteSubscription, .subscriptions:
            nil
        }
    }
}

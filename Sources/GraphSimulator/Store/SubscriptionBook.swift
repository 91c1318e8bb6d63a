/// What happened to an event.
enum ChangeKind: String, Sendable {
    case created, updated, deleted
}

/// All subscriptions.
struct SubscriptionBook {
    mutating func changed(
        _ kind: ChangeKind, item: EventItem, mailbox: Mailbox, folder: CalendarFolder, world: World
    ) {}
}

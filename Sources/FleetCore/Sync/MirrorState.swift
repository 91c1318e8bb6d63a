/// What is stored of a connection's calendar: the public hash and the private one beside it.
package struct MirrorState: Sendable {
    /// One event that is stored.
    struct Known: Sendable {
        var event: CalendarEvent
        var details: EventDetails
        /// In the public hash; else it waits beyond the window.
        var isShown: Bool
    }

    private(set) var events: [EventID: Known] = [:]
    private(set) var masters: [EventID: MasterFacts] = [:]
    private var waitingDetails: [EventID: EventDetails] = [:]
    /// Ids whose stored values couldn't be read. They count as absent; a full round sets them right.
    private(set) var unreadable: Set<EventID> = []

    /// An empty mirror.
    package init() {}

    /// A mirror from the fields of its two hashes.
    /// - Throws: when a private value was written by a newer fleet.
    package init(
        shown: some Sequence<(String, String)>, companions: some Sequence<(String, String)>
    ) throws(NewerVersion) {
        for (id, json) in shown { addShown(id: id, json: json) }
        for (id, json) in companions { try addCompanion(id: id, json: json) }
    }

    /// Takes in one field of the public hash, in any order.
    package mutating func addShown(id: String, json: String) {
        guard let event = CalendarEvent(json: json), event.id.rawValue == id else {
            unreadable.insert(EventID(id))
            return
        }
        let details = waitingDetails.removeValue(forKey: event.id)
        // Shown wins: a slice that brought an event in writes both hashes in one step.
        events[event.id] = Known(event: event, details: details ?? EventDetails(), isShown: true)
    }

    /// Takes in one field of the private hash, in any order.
    /// - Throws: when it was written by a newer fleet.
    package mutating func addCompanion(id: String, json: String) throws(NewerVersion) {
        let id = EventID(id)
        switch try Companion.read(json) {
        case nil: unreadable.insert(id)
        case .master(let facts): masters[id] = facts
        case .hidden(let event, let details):
            if events[id] == nil { events[id] = Known(event: event, details: details, isShown: false) }
        case .shown(let details):
            if events[id] != nil { events[id]!.details = details } else { waitingDetails[id] = details }
        }
    }

    /// Events in the public hash.
    package var shownCount: Int { events.values.reduce(0) { $0 + ($1.isShown ? 1 : 0) } }

    /// The events of the public hash, in no order.
    package var shownEvents: [CalendarEvent] { events.values.filter(\.isShown).map(\.event) }

    /// Whether an item takes a series away.
    package func isRemoval(ofMaster item: RemoteItem) -> Bool {
        if case .removed(let id) = item { masters[id] != nil } else { false }
    }

    /// Applies what a plan wrote; for tests and for planning twice without reading again.
    package mutating func apply(_ step: MirrorStep) {
        switch step.write {
        case .event(let event, let details, let isShown):
            events[step.id] = Known(event: event, details: details, isShown: isShown)
            masters[step.id] = nil
        case .master(let facts):
            events[step.id] = nil
            masters[step.id] = facts
        case .removal:
            events[step.id] = nil
            masters[step.id] = nil
        }
    }
}

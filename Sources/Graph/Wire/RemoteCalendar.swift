package import FleetCore
import Foundation

/// A calendar as Graph describes it, reduced.
package struct RemoteCalendar: Sendable, Equatable {
    /// Its id in the mailbox that was asked.
    package var id: CalendarID
    /// As its owner named it; empty where Graph said nothing.
    package var name: String
    /// Lower-cased address of the mailbox it lies in: whom Microsoft charges, and what tells a shared calendar from
    /// one's own. Nil where Graph said nothing.
    package var owner: String?
    /// False for holidays, birthdays, subscribed calendars and those shared read-only; writing then gives 403. True
    /// where Graph said nothing.
    package var canEdit: Bool
    /// As Graph said; lists with two of them have been seen, so never look for the default by it.
    package var isDefault: Bool

    /// A calendar with all that is known of it.
    package init(id: CalendarID, name: String, owner: String?, canEdit: Bool, isDefault: Bool) {
        self.id = id
        self.name = name
        self.owner = owner
        self.canEdit = canEdit
        self.isDefault = isDefault
    }
}

struct WireCalendar: Decodable, Sendable {
    struct Owner: Decodable, Sendable {
        var address: String?
    }

    var id: String?
    var name: String?
    var canEdit: Bool?
    var isDefaultCalendar: Bool?
    var owner: Owner?

    private enum CodingKeys: String, CodingKey { case id, name, canEdit, isDefaultCalendar, owner }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = container.lenient(String.self, .id)
        name = container.lenient(String.self, .name)
        canEdit = container.lenient(Bool.self, .canEdit)
        isDefaultCalendar = container.lenient(Bool.self, .isDefaultCalendar)
        owner = container.lenient(Owner.self, .owner)
    }

    /// Nil without an id.
    var calendar: RemoteCalendar? {
        guard let id, !id.isEmpty else { return nil }
        return RemoteCalendar(
            id: CalendarID(id), name: name ?? "", owner: owner?.address.flatMap { $0.isEmpty ? nil : $0.lowercased() },
            canEdit: canEdit ?? true, isDefault: isDefaultCalendar ?? false)
    }
}

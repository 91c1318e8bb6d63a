import FleetCore
import Foundation

/// An event with what delta pages don't have.
struct WireFreshEvent: Decodable, Sendable {
    struct Property: Decodable, Sendable {
        var id: String?
        var value: String?
    }

    let event: WireEvent
    let createdDateTime: String?
    let properties: [Property]?

    private enum CodingKeys: String, CodingKey {
        case createdDateTime
        case properties = "singleValueExtendedProperties"
    }

    init(from decoder: any Decoder) throws {
        event = try WireEvent(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        createdDateTime = container.lenient(String.self, .createdDateTime)
        properties = container.lenient([Property].self, .properties)
    }

    /// The fleet's value of it; nil without an id or times.
    var fresh: FreshEvent? {
        guard let remote = event.whole else { return nil }
        let kind: FreshEvent.Kind =
            switch event.type {
            case "seriesMaster": .master
            case "occurrence": .occurrence
            case "exception": .exception
            default: .single
            }
        // Exchange doesn't mind the case of a property's name.
        let mark = properties?.first { $0.id?.lowercased() == EventMark.propertyID.lowercased() }?.value
        return FreshEvent(
            event: remote, kind: kind, etag: event.etag, createdAt: createdDateTime.flatMap { RFC3339.date($0) },
            mark: mark.map { EventMark(rawValue: $0) })
    }

    /// Reads an answer or an item of a page; nil if it can't be read.
    static func read(_ bytes: UnsafeRawBufferPointer) -> FreshEvent? {
        let decoder = JSONDecoder()
        let data = JSONText.needsRepair(bytes) ? Data(JSONText.repaired(bytes)) : Data(bytes)
        return (try? decoder.decode(WireFreshEvent.self, from: data))?.fresh
    }
}

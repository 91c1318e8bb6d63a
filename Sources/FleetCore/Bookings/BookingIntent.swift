package import Foundation

// What a run is about to write, put down before the first write and taken away in the step that publishes what came of
// it. A successor that finds one doesn't know whether the write was carried out: it looks.
//
//     {"v":1,"k":"c","x":"<transaction id>","w":{content},"d":5,"r":7,"a":1780000000123,"o":true,"l":true}
//
//     d: parts of the content that are in doubt     o: may overlap     l: the look after the write has found nobody

/// A write that may or may not have been carried out.
package struct BookingIntent: Sendable, Equatable {
    /// Which write.
    package enum Kind: String, Sendable {
        case create = "c"
        case change = "u"
        case remove = "d"
    }

    /// Which write.
    package var kind: Kind
    /// Of a create: the same in every attempt.
    package var transactionID: String?
    /// What the event will hold then; nil for a removal.
    package var content: WrittenContent?
    /// What tries before this one wrote otherwise, or may have: the event may hold any of it.
    package var doubts: WrittenContent.Parts
    /// The upsert's.
    package var revision: Int?
    /// `on_conflict` was `allow`.
    package var mayOverlap: Bool
    /// When it was put down.
    package var at: Date
    /// The look after the write found nobody in the way, and what must wait for that (invitations) may have been sent:
    /// whoever comes after that comes second.
    package var hasStood: Bool

    /// An intent as given.
    package init(
        _ kind: Kind, transactionID: String? = nil, content: WrittenContent? = nil,
        doubts: WrittenContent.Parts = [], revision: Int? = nil, mayOverlap: Bool = false, at: Date,
        hasStood: Bool = false
    ) {
        self.kind = kind
        self.transactionID = transactionID
        self.content = content
        self.doubts = doubts
        self.revision = revision
        self.mayOverlap = mayOverlap
        self.at = at
        self.hasStood = hasStood
    }

    /// How long a create that isn't found may still turn up: a request that was sent before its worker died, and is
    /// still on its way. Graph gives up after minutes.
    package static let patience: TimeInterval = 900
}

// MARK: - As it rests

extension BookingIntent {
    private static let version = 1

    /// As it is stored.
    package func json() -> String {
        var writer = JSONWriter(capacity: 320)
        writer.beginObject()
        writer.member("v", Self.version)
        writer.member("k", kind.rawValue)
        writer.optional("x", transactionID)
        if let content {
            writer.key("w")
            content.write(to: &writer)
        }
        if !doubts.isEmpty { writer.member("d", doubts.rawValue) }
        writer.optional("r", revision)
        if mayOverlap { writer.member("o", true) }
        writer.member("a", Int(at.milliseconds))
        if hasStood { writer.member("l", true) }
        writer.endObject()
        return writer.text
    }

    /// Reads what `json` wrote; nil for anything that isn't ours.
    /// - Throws: when a newer fleet wrote it.
    package static func read(_ json: String) throws(NewerVersion) -> BookingIntent? {
        guard let object = try StoredForm.object(json, version: version),
            let kind = object["k"]?.stringValue.flatMap(Kind.init(rawValue:)), let at = object["a"]?.integerValue
        else { return nil }
        return BookingIntent(
            kind, transactionID: object["x"]?.stringValue,
            content: object["w"]?.objectValue.flatMap { WrittenContent($0) },
            doubts: WrittenContent.Parts(rawValue: object["d"]?.integerValue ?? 0),
            revision: object["r"]?.integerValue, mayOverlap: object["o"]?.boolValue ?? false,
            at: Date(milliseconds: Int64(at)),
            hasStood: object["l"]?.boolValue ?? false)
    }
}

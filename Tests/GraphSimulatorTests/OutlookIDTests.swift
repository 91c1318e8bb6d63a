import Testing

@testable import GraphSimulator

/// Goal: ids are as opaque, bound and case-sensitive as Outlook's.
@Suite struct OutlookIDTests {
    private let ids = OutlookIDs(mailboxID: "6cda4c5e-002d-4960-9d3a-31f2dffc8c6b", seed: 1)
    private let other = OutlookIDs(mailboxID: "7cda4c5e-002d-4960-9d3a-31f2dffc8c6b", seed: 1)

    private static let references = [
        OutlookReference(kind: .event, folder: 1, item: 1),
        OutlookReference(kind: .event, folder: 0, item: 77, isImmutable: true),
        OutlookReference(kind: .occurrence, folder: 3, item: 9, day: Day(year: 2026, month: 5, day: 1)),
        OutlookReference(
            kind: .occurrence, folder: 0, item: 9, day: Day(year: 1969, month: 5, day: 1), isImmutable: true),
        OutlookReference(kind: .calendar, folder: 12, item: 0),
    ]

    @Test("an id reads back as what it stands for", arguments: references)
    func roundTrip(reference: OutlookReference) throws {
        let text = ids.text(reference)
        #expect(try ids.reference(text) == reference)
        #expect(text.hasSuffix("=") && !text.hasSuffix("=="))
        #expect(text.hasPrefix(reference.isImmutable ? "AAkALg" : "AAMkA"))
        #expect(text.allSatisfy { $0.isLetter || $0.isNumber || "-_=".contains($0) })
    }

    @Test("an id of another mailbox, cut, re-encoded or in another case is malformed", arguments: references)
    func malformed(reference: OutlookReference) {
        let text = ids.text(reference)
        var wrong = [
            other.text(reference), String(text.dropLast()), text + "=", text.lowercased(), "primary", "",
            "AAMkNothing=",
        ]
        if text.contains("-") { wrong.append(text.replacing("-", with: "+")) }
        for id in wrong {
            #expect(throws: GraphFailure.self, "\(id)") { try ids.reference(id) }
        }
    }

    @Test("the immutable id of an event doesn't say in which calendar it lies, the regular one does")
    func moves() {
        let regular = [1, 2].map { ids.text(OutlookReference(kind: .event, folder: $0, item: 5)) }
        #expect(regular[0] != regular[1])
    }
}

import Foundation

/// Mailbox settings, time zones, and translation of ids.
struct SettingsRoutes {
    let router: GraphRouter
    let mailbox: Mailbox

    private static let maximumIDs = 1000

    func answer(rest: [String]) throws(GraphFailure) -> Answer {
        switch rest[0].lowercased() {
        case "mailboxsettings": return try settings(rest: Array(rest.dropFirst()))
        case "outlook" where rest.count == 2 && rest[1].lowercased().hasPrefix("supportedtimezones"):
            return try zones(isIANA: rest[1].lowercased().contains("'iana'"))
        case "translateexchangeids": return try translate()
        default: throw .unknownSegment(rest[0])
        }
    }

    // MARK: Settings

    private func settings(rest: [String]) throws(GraphFailure) -> Answer {
        guard router.call.method == "GET" else { throw .methodNotAllowed }
        try allow(["MailboxSettings.Read", "MailboxSettings.ReadWrite"])
        let context = "users('\(mailbox.id)')/mailboxSettings"
        let settings = Self.json(mailbox)
        guard let name = rest.first else { return router.entity(settings, context: context) }
        guard let value = settings[name] else { throw .unknownSegment(name) }
        let wrapped: JSON = value.object == nil ? ["value": value] : value
        return router.entity(wrapped, context: context + "/\(name)")
    }

    private func allow(_ names: Set<String>) throws(GraphFailure) {
        switch router.token.subject {
        case .user(let id, let scopes):
            if id != mailbox.id || scopes.isDisjoint(with: names) { throw .accessDenied }
        case .app(_, let roles):
            if roles.isDisjoint(with: names) { throw .accessDenied }
        }
    }

    static func json(_ mailbox: Mailbox) -> JSON {
        [
            "timeZone": .string(mailbox.timeZone),
            "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
            "dateFormat": "M/d/yyyy",
            "timeFormat": "h:mm tt",
            "automaticRepliesSetting": [
                "status": "disabled", "externalAudience": "none", "internalReplyMessage": "",
                "externalReplyMessage": "",
                "scheduledStartDateTime": ["dateTime": "2026-01-01T08:00:00.0000000", "timeZone": "UTC"],
                "scheduledEndDateTime": ["dateTime": "2026-01-02T08:00:00.0000000", "timeZone": "UTC"],
            ],
            "language": ["locale": .string(mailbox.locale), "displayName": "English (United States)"],
            "workingHours": workingHours(mailbox),
        ]
    }

    static func workingHours(_ mailbox: Mailbox) -> JSON {
        [
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000",
            "timeZone": ["name": .string(mailbox.timeZone)],
        ]
    }

    // MARK: Zones

    private func zones(isIANA: Bool) throws(GraphFailure) -> Answer {
        guard router.call.method == "GET" else { throw .methodNotAllowed }
        let names = isIANA ? Set(WindowsZoneTable.identifiers.values).sorted() : WindowsZoneTable.sorted
        let now = router.world.now
        let values = names.map { name -> JSON in
            let minutes = (Zone.named(name) ?? .utc).offset(at: now) / 60
            var text: [UInt8] = []
            Day.append(abs(minutes) / 60, digits: 2, to: &text)
            text.append(UInt8(ascii: ":"))
            Day.append(abs(minutes) % 60, digits: 2, to: &text)
            let offset = (minutes < 0 ? "-" : "+") + String(decoding: text, as: UTF8.self)
            return ["alias": .string(name), "displayName": .string("(UTC\(offset)) \(name)")]
        }
        let context = "\(router.root)/$metadata#Collection(microsoft.graph.timeZoneInformation)"
        return Answer(200, json: ["@odata.context": .string(context), "value": .array(values)])
    }

    // MARK: Ids

    private func translate() throws(GraphFailure) -> Answer {
        guard router.call.method == "POST" else { throw .methodNotAllowed }
        try router.authorize(mailbox, write: false)
        let body = try ActionParameters.renamed(
            try router.body(), to: ["inputIds", "sourceIdType", "targetIdType"])
        let forms = ["entryId", "ewsId", "immutableEntryId", "restId", "restImmutableEntryId"]
        let source = try body.word("sourceIdType", of: forms)
        guard let inputs = try body.array("inputIds"), let target = try body.word("targetIdType", of: forms),
            source != nil
        else { throw .invalidRequest("inputIds, sourceIdType and targetIdType are required.") }
        guard inputs.count <= Self.maximumIDs else { throw .invalidRequest("At most \(Self.maximumIDs) ids.") }
        let values = inputs.map { translated($0.string ?? "", isImmutable: target == "restImmutableEntryId") }
        let context = "\(router.root)/$metadata#Collection(microsoft.graph.convertIdResult)"
        return Answer(200, json: ["@odata.context": .string(context), "value": .array(values)])
    }

    private func translated(_ text: String, isImmutable: Bool) -> JSON {
        guard var reference = try? mailbox.ids.reference(text),
            let folder = mailbox.folders.first(where: { $0.items[reference.item] != nil })
        else {
            return [
                "sourceId": .string(text), "targetId": nil,
                "errorDetails": ["code": "ErrorInvalidIdMalformed", "message": "Id is malformed."],
            ]
        }
        reference.isImmutable = isImmutable
        reference.folder = isImmutable ? 0 : folder.number
        return ["sourceId": .string(text), "targetId": .string(mailbox.ids.text(reference))]
    }
}

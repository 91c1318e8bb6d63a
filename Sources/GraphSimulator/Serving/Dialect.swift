// Ways in which answers may differ and still be Graph's: everything that its documents allow or that clients have met,
// each to be switched on by itself (`PATCH /control/settings {"dialects": [...]}`), so that a client can be shown to
// rely on none.

/// One such way.
enum Dialect: String, CaseIterable, Sendable {
    /// Delta tokens hold characters that have to be encoded, some encoded in an unusual way: a client that doesn't
    /// hand them back byte by byte is refused.
    case oddTokens
    /// Links of a round name the calendar by another path than the one that was asked: `users('x')/calendars('y')`.
    case otherPaths
    /// A round begins with an empty page, and ends with one.
    case emptyPages
    /// The last item of a page comes again as the first of the next.
    case repeats
    /// Items of a page come in any order.
    case shuffled
    /// Members of an event that say little are null.
    case nulls
    /// They are missing.
    case missing
    /// Answers hold members that no document names.
    case extras
    /// Removals are told as `changed`, and with more than their id.
    case changedRemovals
    /// Bodies come in chunks of a few hundred bytes.
    case chunked
    /// The same, with a pause between them.
    case slow
    /// Bodies are packed where the client takes that.
    case gzip
    /// Each answer ends its connection.
    case closing
    /// Names of header fields are in upper case, in a batch in lower case.
    case headerCase
    /// The answers of a batch come in reverse order, without heads and bodies where there is nothing to say.
    case terseBatches
    /// A DELETE is answered 202, and with a body.
    case accepted
}

/// The dialects that are on.
struct Dialects: Sendable {
    var spoken: Set<Dialect> = []

    func has(_ dialect: Dialect) -> Bool { spoken.contains(dialect) }

    // MARK: Tokens

    /// What odd tokens end in: as it stands in links, and as it reads.
    static let oddEnding = (raw: "%2b%2F'(%c3%a9)!*~%3d%3D", read: "+/'(é)!*~==")

    // MARK: Items

    private static let littleMembers = [
        "iCalUId", "uid", "categories", "webLink", "importance", "organizer", "bodyPreview", "onlineMeeting",
        "onlineMeetingUrl", "onlineMeetingProvider", "reminderMinutesBeforeStart", "hasAttachments", "isDraft",
        "allowNewTimeProposals", "hideAttendees", "responseRequested", "originalStartTimeZone", "originalEndTimeZone",
        "createdDateTime", "locations",
    ]

    /// An answer of Graph's, as these dialects have it.
    func rewritten(_ answer: Answer, _ call: HTTPCall) -> Answer {
        guard !spoken.isEmpty else { return answer }
        var answer = answer
        if has(.accepted), call.method == "DELETE", answer.status == 204 {
            return Answer(202, json: ["@odata.context": "x", "value": nil], headers: answer.headers)
        }
        guard answer.status < 300, var object = answer.json?.object else { return answer }
        if case .array(let items) = object["value"] {
            object["value"] = .array(items.map(edited))
        } else {
            object = edited(.object(object)).object ?? object
        }
        if has(.extras) {
            object["@microsoft.graph.tips"] = "Use $select to choose only the properties your app needs."
        }
        answer.body = .json(.object(object))
        return answer
    }

    private func edited(_ item: JSON) -> JSON {
        guard var object = item.object else { return item }
        if object["@removed"] != nil, has(.changedRemovals) {
            object["@removed"] = ["reason": "changed", "by": "x"]
            object["@odata.etag"] = "W/\"gone\""
        }
        guard object["start"] != nil else { return .object(object) }
        for name in Self.littleMembers where object[name] != nil {
            if has(.nulls) { object[name] = .null }
            if has(.missing) { object[name] = nil }
        }
        if has(.extras) {
            object["occurrenceId"] = "OID.x.2026-01-01"
            object["futureProperty"] = ["a": [1, ["b": nil]], "@odata.type": "#microsoft.graph.future"]
            object["calendar@odata.associationLink"] = "https://graph.microsoft.com/v1.0/x/$ref"
            object["calendar@odata.navigationLink"] = "https://graph.microsoft.com/v1.0/x"
        }
        return .object(object)
    }

    // MARK: Batches

    /// The answers of a batch.
    func batch(_ responses: [JSON]) -> [JSON] {
        guard has(.terseBatches) || has(.headerCase) else { return responses }
        let edited = responses.map { response -> JSON in
            guard var object = response.object else { return response }
            if has(.terseBatches) {
                if object["body"]?.isNull == true { object["body"] = nil }
                if object["headers"]?.object?.isEmpty == true { object["headers"] = nil }
            }
            if has(.headerCase), let headers = object["headers"]?.object {
                object["headers"] = .object(JSONObject(headers.members.map { ($0.name.lowercased(), $0.value) }))
            }
            return .object(object)
        }
        return has(.terseBatches) ? edited.reversed() : edited
    }
}

/// The dialects' names.
package enum DialectSummary {
    /// For `--help`, separated by commas.
    package static let text = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
}

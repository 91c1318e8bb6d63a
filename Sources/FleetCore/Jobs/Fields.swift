import Foundation

/// A field of a payload that breaks a rule. The reason names the rule, never the value.
struct FieldFault: Error, Equatable {
    let path: String
    let reason: String

    var message: String { path.isEmpty ? "the payload \(reason)" : "\(path): \(reason)" }
}

/// What decoding notes by the way.
struct DecodingNotes {
    private(set) var warnings: [String] = []
    private var left = 20
    /// Where in the bytes values stand that must not rest in Redis: tokens, and secrets in fields we don't know.
    var secrets: [Range<Int>] = []

    /// At most 20, then one that says that there are more: a payload of 100,000 unknown fields is one job's result.
    mutating func warn(_ warning: String) {
        left -= 1
        if left >= 0 { warnings.append(warning) } else if left == -1 { warnings.append("there are more warnings") }
    }
}

/// Reads the fields of one object of a payload by the rules of the contract.
struct Fields {
    let object: JSONObject
    /// Where the object stands, for messages; empty for the payload itself.
    let path: String

    func fault(_ name: String, _ reason: String) -> FieldFault {
        FieldFault(path: FieldPath.join(path, name), reason: reason)
    }

    func wrongType(_ name: String, _ value: JSONValue, _ wanted: String) -> FieldFault {
        let hint = value == .null ? " (leave the field out)" : ""
        return fault(name, "must be \(wanted), not \(value.kindName)\(hint)")
    }

    func has(_ name: String) -> Bool { object.member(name) != nil }

    func string(_ name: String) throws(FieldFault) -> String? {
        guard let value = object[name] else { return nil }
        guard case .string(let text) = value else { throw wrongType(name, value, "a string") }
        return text
    }

    func text(_ name: String, _ rule: TextRule) throws(FieldFault) -> String? {
        guard let text = try string(name) else { return nil }
        guard rule.allows(text) else { throw fault(name, "must be \(rule.description)") }
        return text
    }

    func requiredText(_ name: String, _ rule: TextRule) throws(FieldFault) -> String {
        guard let text = try text(name, rule) else { throw fault(name, "is missing") }
        return text
    }

    func bool(_ name: String) throws(FieldFault) -> Bool? {
        guard let value = object[name] else { return nil }
        guard case .bool(let truth) = value else { throw wrongType(name, value, "true or false") }
        return truth
    }

    func integer(_ name: String, in range: ClosedRange<Int>? = nil) throws(FieldFault) -> Int? {
        guard let value = object[name] else { return nil }
        let wanted = range.map { "a whole number from \($0.lowerBound) to \($0.upperBound)" } ?? "a whole number"
        switch value {
        case .integer, .number: break
        default: throw wrongType(name, value, wanted)
        }
        guard value.isWholeNumber else { throw fault(name, "must be \(wanted)") }
        guard let number = value.integerValue else {
            throw fault(name, "must be \(wanted); beyond 2^53 JSON numbers lose digits")
        }
        if let range, !range.contains(number) { throw fault(name, "must be \(wanted)") }
        return number
    }

    func time(_ name: String) throws(FieldFault) -> Date? {
        guard let text = try string(name) else { return nil }
        guard let date = RFC3339.date(text) else {
            throw fault(name, "must be an RFC 3339 time with an offset, like 2026-05-16T08:30:00Z")
        }
        return date
    }

    func date(_ name: String) throws(FieldFault) -> CalendarDate? {
        guard let text = try string(name) else { return nil }
        guard let date = CalendarDate(text) else { throw fault(name, "must be a date, like 2026-05-16") }
        return date
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _: Choice.Type
    ) throws(FieldFault) -> Choice? where Choice.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw fault(name, "must be one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    func duration(_ name: String, in range: ClosedRange<Int>) throws(FieldFault) -> Int? {
        guard let text = try string(name) else { return nil }
        guard let seconds = ISODuration.seconds(text), range.contains(seconds) else {
            let (least, most) = (range.lowerBound, range.upperBound)
            let bounds = "from \(ISODuration.string(seconds: least)) to \(ISODuration.string(seconds: most))"
            throw fault(name, "must be an ISO 8601 duration in weeks, days, hours, minutes and seconds, \(bounds)")
        }
        return seconds
    }

    func object(_ name: String) throws(FieldFault) -> Fields? {
        guard let value = object[name] else { return nil }
        guard case .object(let inner) = value else { throw wrongType(name, value, "an object") }
        return Fields(object: inner, path: FieldPath.join(path, name))
    }

    func array(_ name: String, atMost maximum: Int) throws(FieldFault) -> [JSONValue]? {
        guard let value = object[name] else { return nil }
        guard case .array(let elements) = value else { throw wrongType(name, value, "an array") }
        guard elements.count <= maximum else { throw fault(name, "must have at most \(maximum) elements") }
        return elements
    }

    /// Warns about the fields that nobody knows, and marks those that hold a secret all the same.
    func noteUnknown(besides known: [String], _ notes: inout DecodingNotes) {
        for member in object.members where !known.contains(member.key) {
            notes.warn("unknown field \(FieldPath.join(path, FieldPath.component(member.key)))")
            if Redaction.isSecretName(member.key) || Self.holdsSecret(member.value) {
                notes.secrets.append(member.range)
            }
        }
    }

    private static func holdsSecret(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let object):
            object.members.contains { Redaction.isSecretName($0.key) || holdsSecret($0.value) }
        case .array(let elements): elements.contains(where: holdsSecret)
        default: false
        }
    }
}

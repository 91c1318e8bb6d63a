/// Reads members of a request body, each with the type Graph wants; anything else is a 400 RequestBodyRead.
struct BodyReader {
    let object: JSONObject
    /// Where the object is, for messages.
    let place: String

    init(_ object: JSONObject, place: String) {
        self.object = object
        self.place = place
    }

    func has(_ name: String) -> Bool { object[name] != nil }

    /// A text; `nil` where it is null or missing.
    func string(_ name: String) throws(GraphFailure) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.string else { throw wrong(name, "a String") }
        return text
    }

    func bool(_ name: String) throws(GraphFailure) -> Bool? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let truth = value.bool else { throw wrong(name, "a Boolean") }
        return truth
    }

    func integer(_ name: String) throws(GraphFailure) -> Int? {
        guard let value = object[name], !value.isNull else { return nil }
        guard case .integer(let number) = value, let small = Int32(exactly: number) else {
            throw wrong(name, "an Int32")
        }
        return Int(small)
    }

    func array(_ name: String) throws(GraphFailure) -> [JSON]? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let elements = value.array else { throw wrong(name, "a collection") }
        return elements
    }

    func reader(_ name: String) throws(GraphFailure) -> BodyReader? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let object = value.object else { throw wrong(name, "an object") }
        return BodyReader(object, place: "\(place).\(name)")
    }

    /// One of a few words, in any case; answered in the spelling of the list.
    func word(_ name: String, of words: [String]) throws(GraphFailure) -> String? {
        guard let text = try string(name) else { return nil }
        guard let found = words.first(where: { $0.lowercased() == text.lowercased() }) else {
            throw .badBody("Requested value '\(text)' was not found.")
        }
        return found
    }

    /// Refuses members that the type doesn't have; annotations pass.
    func allow(only names: Set<String>, type: String) throws(GraphFailure) {
        for name in object.names where !names.contains(name) && !name.contains("@") {
            throw .badBody(
                "The property '\(name)' does not exist on type '\(type)'. Make sure to only use property names that "
                    + "are defined by the type.")
        }
    }

    private func wrong(_ name: String, _ type: String) -> GraphFailure {
        .badBody("Cannot convert the value of '\(place).\(name)' to \(type).")
    }
}

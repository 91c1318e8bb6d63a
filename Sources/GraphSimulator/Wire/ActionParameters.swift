/// Parameters of actions, whose names Graph takes in any case.
enum ActionParameters {
    /// The body with its names in the spelling given.
    ///
    /// - Throws: 400 for a name that the action doesn't have.
    static func renamed(_ reader: BodyReader, to names: [String]) throws(GraphFailure) -> BodyReader {
        var object = JSONObject()
        for member in reader.object.members {
            guard let name = names.first(where: { $0.lowercased() == member.name.lowercased() }) else {
                throw .badBody("The parameter '\(member.name)' in the request payload is not a valid parameter.")
            }
            object[name] = member.value
        }
        return BodyReader(object, place: reader.place)
    }
}

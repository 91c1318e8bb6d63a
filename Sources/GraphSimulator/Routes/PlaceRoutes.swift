/// `/places/microsoft.graph.room`: the rooms of the caller's directory.
struct PlaceRoutes {
    let router: GraphRouter

    func answer(rest: [String]) throws(GraphFailure) -> Answer {
        guard router.call.method == "GET" else { throw .methodNotAllowed }
        guard rest.first?.lowercased() == "room" else { throw .unknownSegment(rest.first ?? "places") }
        let directory: String?
        switch router.token.subject {
        case .user(let id, let scopes):
            guard scopes.contains("Place.Read.All") else { throw .accessDenied }
            directory = router.world.mailbox(id)?.directory
        case .app(let id, let roles):
            guard roles.contains("Place.Read.All") else { throw .accessDenied }
            directory = id
        }
        let rooms = router.world.mailboxes.filter { $0.kind == .room && $0.directory == directory }.map {
            room -> JSON in
            [
                "id": .string(room.id), "displayName": .string(room.displayName),
                "emailAddress": .string(room.address), "capacity": 8, "isWheelChairAccessible": true,
            ]
        }
        let context = "\(router.root)/$metadata#places/microsoft.graph.room"
        return Answer(200, json: ["@odata.context": .string(context), "value": .array(rooms)])
    }
}

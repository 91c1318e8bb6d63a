import Synchronization

/// `POST /$batch`: up to 20 requests in one, at most four of them at a time, each counted and throttled by itself.
///
/// With `dependsOn` they run one after the other, and those that depend on a failed one get 424.
struct Batch: Sendable {
    let pipeline: Pipeline
    let call: HTTPCall
    let number: Int

    private static let maximumItems = 20
    private static let width = 4

    private struct Item: Sendable {
        let id: String
        let dependsOn: [String]
        let call: HTTPCall
    }

    func answer(over connection: any ClientConnection) async -> Answer {
        let items: [Item]
        switch pipeline.simulator.locked({ admitted($0) }) {
        case .success(let admitted): items = admitted
        case .failure(let refusal): return refusal.answer
        }
        let responses =
            items.contains { !$0.dependsOn.isEmpty }
            ? await inOrder(items, over: connection) : await together(items, over: connection)
        return pipeline.simulator.locked { world in
            let answer = Answer(200, json: ["responses": .array(world.dialects.batch(responses))])
            return world.stamped(answer, call)
        }
    }

    // MARK: Running

    private func together(_ items: [Item], over connection: any ClientConnection) async -> [JSON] {
        await withTaskGroup(of: JSON.self) { group in
            var responses: [JSON] = []
            for (index, item) in items.enumerated() {
                if index >= Self.width, let response = await group.next() { responses.append(response) }
                group.addTask { await response(to: item, over: connection).json }
            }
            for await response in group { responses.append(response) }
            return responses
        }
    }

    private func inOrder(_ items: [Item], over connection: any ClientConnection) async -> [JSON] {
        var statuses: [String: Int] = [:]
        var responses: [JSON] = []
        for item in items {
            let failed = item.dependsOn.contains { (statuses[$0.lowercased()] ?? 424) >= 400 }
            let (status, json) = failed ? Self.failedDependency(item.id) : await response(to: item, over: connection)
            statuses[item.id.lowercased()] = status
            responses.append(json)
        }
        return responses
    }

    private static func failedDependency(_ id: String) -> (status: Int, json: JSON) {
        let body: JSON = [
            "error": [
                "code": "FailedDependency", "message": "The request failed because a request it depends on failed.",
            ]
        ]
        return (424, ["id": .string(id), "status": 424, "headers": [:], "body": body])
    }

    private func response(to item: Item, over connection: any ClientConnection) async -> (status: Int, json: JSON) {
        let outcome = await pipeline.outcome(of: item.call, over: connection)
        var answer = outcome.answer
        // A part can't be cut off by itself: Graph's front end answers for it.
        if case .cut = outcome.transport {
            answer = Answer(504, json: ["error": ["code": "UnknownError", "message": ""]])
        }
        var headers = JSONObject(
            answer.headers.filter { ["retry-after", "location", "preference-applied"].contains($0.0.lowercased()) }
                .map { ($0.0, JSON.string($0.1)) })
        if answer.json != nil { headers["Content-Type"] = "application/json" }
        let body: JSON = answer.json ?? .null
        return (
            answer.status,
            ["id": .string(item.id), "status": JSON(answer.status), "headers": .object(headers), "body": body]
        )
    }

    // MARK: Reading

    private struct Refusal: Error {
        let answer: Answer
    }

    private func admitted(_ world: World) -> Result<[Item], Refusal> {
        do throws(GraphFailure) {
            let token = try world.authenticate(call)
            guard call.method == "POST" else { throw GraphFailure.methodNotAllowed }
            let router = GraphRouter(world: world, call: call, token: token, preferences: Preferences())
            return .success(try items(try router.body()))
        } catch {
            return .failure(Refusal(answer: world.answer(error, call)))
        }
    }

    private func items(_ body: BodyReader) throws(GraphFailure) -> [Item] {
        guard let requests = try body.array("requests"), !requests.isEmpty else {
            throw GraphFailure(400, "BadRequest", "Invalid batch payload format.")
        }
        guard requests.count <= Self.maximumItems else {
            throw GraphFailure(
                400, "BadRequest", "Number of batch request steps exceeds the maximum value of \(Self.maximumItems).")
        }
        var items: [Item] = []
        var ids: Set<String> = []
        for request in requests {
            let item = try self.item(request)
            guard ids.insert(item.id.lowercased()).inserted else {
                throw GraphFailure(400, "BadRequest", "The id '\(item.id)' is used by more than one request.")
            }
            for dependency in item.dependsOn where !ids.contains(dependency.lowercased()) {
                throw GraphFailure(400, "BadRequest", "The request '\(item.id)' depends on one that is not before it.")
            }
            items.append(item)
        }
        // Older texts of Graph's allow more; the service doesn't.
        let depending = items.count { !$0.dependsOn.isEmpty }
        guard depending == 0 || depending == items.count - 1 && items[0].dependsOn.isEmpty else {
            throw GraphFailure(400, "BadRequest", "Batch should be either fully sequential or fully parallel.")
        }
        return items
    }

    private func item(_ request: JSON) throws(GraphFailure) -> Item {
        guard let id = request["id"]?.string, let method = request["method"]?.string,
            let url = request["url"]?.string, !id.isEmpty
        else { throw GraphFailure(400, "BadRequest", "Invalid batch payload format: id, method and url are required.") }
        let path = url.hasPrefix("/") ? url : "/" + url
        guard !path.lowercased().hasPrefix("/$batch"), !url.contains("://") else {
            throw GraphFailure(400, "BadRequest", "The url '\(url)' is not valid in a batch.")
        }
        var headers = request["headers"]?.object?.members.map { ($0.name.lowercased(), $0.value.string ?? "") } ?? []
        let names = Set(headers.map(\.0))
        var bytes: [UInt8] = []
        if let body = request["body"], !body.isNull {
            guard names.contains("content-type") else {
                throw GraphFailure(400, "BadRequest", "The request '\(id)' has a body but no Content-Type header.")
            }
            bytes = body.bytes
        }
        if let authorization = call.header("authorization"), !names.contains("authorization") {
            headers.append(("authorization", authorization))
        }
        let item = HTTPCall(
            method: method.uppercased(), target: "/v1.0" + path, headers: headers.map { (name: $0.0, value: $0.1) },
            body: bytes, base: call.base, batch: number)
        return Item(id: id, dependsOn: request["dependsOn"]?.array?.compactMap(\.string) ?? [], call: item)
    }
}

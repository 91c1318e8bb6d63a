import Synchronization

/// What goes back to the client, and how.
struct Outcome: Sendable {
    /// How a whole answer travels.
    var dialects = Dialects()
    enum Transport: Sendable {
        case whole
        /// Not a byte: the connection is closed.
        case cut
        /// So many bytes of the body, then the connection is closed.
        case truncated(to: Int)
    }

    var answer: Answer
    var transport = Transport.whole
}

/// What the pipeline needs of the connection that a request came by.
protocol ClientConnection: Sendable {
    /// Waits so long. What only delays a request goes on although the client gave up: Graph carries out late
    /// what it took in. With `orGone` it ends when the client goes away.
    func wait(seconds: Double, orGone: Bool) async
}

/// Takes a request through its stages: admitted, delayed, carried out, spoilt, logged.
///
/// Only looking at the world happens under its lock; waiting doesn't.
struct Pipeline: Sendable {
    let simulator: Simulator

    func outcome(of call: HTTPCall, over connection: any ClientConnection) async -> Outcome {
        if call.isControl { return Outcome(answer: simulator.control(call)) }
        guard call.isLogin || call.segments.first == "v1.0" else {
            return Outcome(
                answer: Answer(404, json: ["error": ["code": "BadRequest", "message": "Invalid version."]]))
        }
        let clock = ContinuousClock()
        let started = clock.now
        let admission = simulator.locked { $0.admit(call) }
        let outcome = await serve(call, admission, over: connection)
        let passed = clock.now - started
        let milliseconds = Double(passed.components.seconds) * 1000 + Double(passed.components.attoseconds) / 1e15
        let status = if case .cut = outcome.transport { 0 } else { outcome.answer.status }
        simulator.locked { $0.finish(admission, status: status, milliseconds: milliseconds) }
        if call.batch == nil {
            let isGraphs = simulator.locked { admission.effects.isNothing && $0.answersAsGraph(call) }
            simulator.exchanges.note(call, isGraphs ? outcome.answer : nil)
        }
        var spoken = outcome
        if call.batch == nil { spoken.dialects = simulator.locked { $0.dialects } }
        return spoken
    }

    private func serve(_ call: HTTPCall, _ admission: Admission, over connection: any ClientConnection) async -> Outcome
    {
        if let refusal = admission.refusal { return Outcome(answer: refusal) }
        let effects = admission.effects
        let wait = admission.latency + effects.delayBefore
        if wait > 0 { await connection.wait(seconds: wait, orGone: false) }
        if effects.hang == .before { await connection.wait(seconds: simulator.options.hangLimit, orGone: true) }
        if effects.cut == .before || effects.hang == .before { return Outcome(answer: Answer(0), transport: .cut) }
        for step in effects.controlBefore { simulator.control(step) }
        let answer = await carryOut(call, admission, over: connection)
        for step in effects.controlAfter { simulator.control(step) }
        if effects.delayAfter > 0 { await connection.wait(seconds: effects.delayAfter, orGone: false) }
        if effects.hang == .after { await connection.wait(seconds: simulator.options.hangLimit, orGone: true) }
        if effects.cut == .after || effects.hang == .after { return Outcome(answer: Answer(0), transport: .cut) }
        return effects.isNothing ? Outcome(answer: answer) : Spoiler(effects: effects).spoil(answer)
    }

    private func carryOut(
        _ call: HTTPCall, _ admission: Admission, over connection: any ClientConnection
    ) async -> Answer {
        let effects = admission.effects
        if let answer = effects.answer, !effects.isExecuted { return stamped(answer, call) }
        let answer =
            if call.isBatch {
                await Batch(pipeline: self, call: call, number: admission.entry.number).answer(over: connection)
            } else if call.makesSubscription {
                await SubscriptionHandshake(pipeline: self, call: call).answer()
            } else {
                simulator.locked { $0.execute(call, effects: effects) }
            }
        return effects.answer.map { stamped($0, call) } ?? answer
    }

    private func stamped(_ answer: Answer, _ call: HTTPCall) -> Answer {
        simulator.locked { $0.stamped(answer, call) }
    }
}

/// Spoils a good answer.
struct Spoiler: Sendable {
    let effects: FaultEffects

    func spoil(_ answer: Answer) -> Outcome {
        var answer = answer
        if let json = answer.json { answer.body = .json(rewritten(json)) }
        if let bytes = effects.hugeBytes {
            answer.body = .bytes(huge(answer, bytes), type: "application/json")
        }
        if effects.isMalformed {
            answer.body = .bytes(Array(answer.content.dropLast(3)) + Array(",}}".utf8), type: "application/json")
        }
        if effects.cut == .middle {
            return Outcome(answer: answer, transport: .truncated(to: answer.content.count / 2))
        }
        if let length = effects.truncateTo { return Outcome(answer: answer, transport: .truncated(to: length)) }
        return Outcome(answer: answer)
    }

    /// With links to another host, and items without or with other members.
    private func rewritten(_ value: JSON) -> JSON {
        guard var object = value.object else { return value }
        if let host = effects.nextLinkHost {
            for name in ["@odata.nextLink", "@odata.deltaLink"] {
                guard let link = object[name]?.string, let path = link.firstRange(of: "/v1.0") else { continue }
                object[name] = .string(host + link[path.lowerBound...])
            }
        }
        if case .array(let items) = object["value"] {
            object["value"] = .array(items.map(edited))
        } else {
            object = edited(.object(object)).object ?? object
        }
        return .object(object)
    }

    private func edited(_ item: JSON) -> JSON {
        guard var object = item.object else { return item }
        for name in effects.droppedMembers { object[name] = nil }
        for member in effects.setMembers.members { object[member.name] = member.value }
        return .object(object)
    }

    /// Good JSON, padded to a length.
    private func huge(_ answer: Answer, _ length: Int) -> [UInt8] {
        let padding = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        guard answer.json?.object?.isEmpty == false else { return padding }
        return answer.content.dropLast() + Array(",\"padding\":\"".utf8) + padding + Array("\"}".utf8)
    }
}

extension Answer {
    /// The body's bytes.
    var content: [UInt8] {
        switch body {
        case .none: []
        case .json(let value): value.bytes
        case .bytes(let bytes, _): bytes
        }
    }
}

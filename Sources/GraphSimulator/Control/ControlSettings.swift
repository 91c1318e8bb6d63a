/// Clock, settings, faults, log and statistics.
struct ControlSettings {
    let router: ControlRouter

    private var world: World { router.world }

    // MARK: Clock

    func clock() throws -> Answer {
        if router.method == "POST" {
            let body = try router.body()
            if let text = body["set"]?.string {
                guard let instant = Instant(iso: text) else { throw ControlFailure("set is no time") }
                world.clock.set(instant)
            } else if let seconds = body["advance"]?.number, abs(seconds) < 4e9 {
                world.clock.advance(seconds: seconds)
            } else {
                throw ControlFailure("advance (seconds, at most some 100 years) or set (a time) is missing")
            }
            world.subscriptions.awaken()
        }
        return Answer(200, json: ["now": .string(world.now.iso), "offset": .number(world.clock.offsetSeconds)])
    }

    // MARK: Settings

    func settings() throws -> Answer {
        if router.method == "PATCH" { try apply(router.body()) }
        return Answer(
            200,
            json: [
                "mailboxLimit": JSON(world.throttle.mailboxLimit),
                "mailboxWindow": .number(world.throttle.mailboxWindow),
                "mailboxConcurrency": JSON(world.throttle.mailboxConcurrency),
                "appLimit": JSON(world.throttle.appLimit),
                "appWindow": .number(world.throttle.appWindow),
                "uploadLimit": JSON(world.throttle.uploadLimit),
                "uploadWindow": .number(world.throttle.uploadWindow),
                "latency": JSON(world.latencyMilliseconds),
                "maximumPageSize": JSON(world.maximumPageSize),
                "rotation": .string(world.login.rotation.rawValue),
                "accessTokenLifetime": world.login.accessTokenLifetime.map(JSON.number) ?? .null,
                "refreshTokenLifetime": .number(world.login.refreshTokenLifetime),
                "duplicateTransaction": .string(world.duplicateTransaction.rawValue),
                "deltaGenerations": JSON(world.sync.generations),
                "notificationDelay": JSON(world.subscriptions.delayMilliseconds),
                "notificationsPaused": .bool(world.subscriptions.isPaused),
                "notificationsOdd": .bool(world.subscriptions.isOddlySpelled),
                "dialects": JSON(world.dialects.spoken.map(\.rawValue).sorted()),
                "reauthorizeMinutes": world.subscriptions.reauthorizeMinutes.map { JSON($0) } ?? .null,
                "subscriptionMinutes": world.subscriptions.grantMinutes.map { JSON($0) } ?? .null,
            ])
    }

    private func apply(_ body: JSONObject) throws {
        for member in body.members {
            switch member.name {
            case "mailboxLimit": world.throttle.mailboxLimit = try whole(member)
            case "mailboxWindow": world.throttle.mailboxWindow = try number(member)
            case "mailboxConcurrency": world.throttle.mailboxConcurrency = try whole(member)
            case "appLimit": world.throttle.appLimit = try whole(member)
            case "appWindow": world.throttle.appWindow = try number(member)
            case "uploadLimit": world.throttle.uploadLimit = try whole(member)
            case "uploadWindow": world.throttle.uploadWindow = try number(member)
            case "maximumPageSize": world.maximumPageSize = max(1, try whole(member))
            case "latency": world.latencyMilliseconds = try whole(member)
            case "rotation": world.login.rotation = try word(member, SimulatorOptions.Rotation.init(rawValue:))
            case "accessTokenLifetime":
                world.login.accessTokenLifetime = member.value.isNull ? nil : try number(member)
            case "refreshTokenLifetime": world.login.refreshTokenLifetime = try number(member)
            case "duplicateTransaction":
                world.duplicateTransaction = try word(member, SimulatorOptions.DuplicateTransaction.init(rawValue:))
            case "notificationDelay": world.subscriptions.delayMilliseconds = try whole(member)
            case "notificationsPaused":
                world.subscriptions.isPaused = member.value.bool ?? false
                world.subscriptions.awaken()
            case "notificationsOdd": world.subscriptions.isOddlySpelled = member.value.bool ?? false
            case "subscriptionMinutes":
                world.subscriptions.grantMinutes = member.value.isNull ? nil : try whole(member)
            case "dialects":
                world.dialects.spoken = Set(
                    try (member.value.array ?? []).map { name in
                        guard let dialect = name.string.flatMap(Dialect.init) else {
                            throw ControlFailure(
                                "dialects are \(Dialect.allCases.map(\.rawValue).joined(separator: ", "))")
                        }
                        return dialect
                    })
            case "reauthorizeMinutes":
                world.subscriptions.reauthorizeMinutes = member.value.isNull ? nil : try whole(member)
                world.subscriptions.awaken()
            case "deltaGenerations": world.sync.generations = try whole(member)
            default: throw ControlFailure("unknown setting \(member.name)")
            }
        }
    }

    private func whole(_ member: JSONObject.Member) throws -> Int {
        guard let value = member.value.integer, value >= 0 else { throw ControlFailure("\(member.name) is no number") }
        return value
    }

    private func number(_ member: JSONObject.Member) throws -> Double {
        guard let value = member.value.number, value >= 0 else { throw ControlFailure("\(member.name) is no number") }
        return value
    }

    private func word<Value>(_ member: JSONObject.Member, _ make: (String) -> Value?) throws -> Value {
        guard let value = member.value.string.flatMap(make) else {
            throw ControlFailure("\(member.name) can't be \(member.value.text)")
        }
        return value
    }

    // MARK: Faults

    func faults() throws -> Answer {
        switch router.method {
        case "GET": break
        case "POST":
            let body = try JSONParser.parse(router.call.body)
            let rules = try (body.array ?? [body]).map { json in
                try world.faults.add(json) { world.mailbox($0)?.id }
            }
            return Answer(200, json: .array(rules.map(\.json)))
        case "DELETE": world.faults.remove(name: router.call.option("name"))
        default: throw router.notAllowed()
        }
        return Answer(200, json: .array(world.faults.rules.map(\.json)))
    }

    // MARK: Log

    func log() throws -> Answer {
        if router.method == "DELETE" { world.log.reset() }
        let after = router.call.option("after").flatMap(Int.init) ?? 0
        let mailbox = router.call.option("mailbox")?.lowercased()
        let entries = world.log.entries.filter { entry in
            entry.number > after && (mailbox == nil || entry.mailbox?.lowercased() == mailbox)
        }
        if router.call.option("lines") != nil {
            let lines: [UInt8] = entries.flatMap { entry -> [UInt8] in entry.json.bytes + [10] }
            return Answer(200, body: .bytes(lines, type: "application/x-ndjson"))
        }
        return Answer(200, json: .array(entries.map(\.json)))
    }

    func statistics() throws -> Answer {
        if router.method == "DELETE" {
            world.log.reset()
            world.throttle.forgetPeaks()
        }
        let statuses = world.log.statuses.sorted { $0.key < $1.key }.map { (String($0.key), JSON($0.value)) }
        let peaks = world.throttle.peaks.map { entry -> JSON in
            [
                "app": .string(entry.key.app), "mailbox": JSON(world.mailbox(entry.key.mailbox)?.address),
                "peak": JSON(entry.peak),
            ]
        }
        return Answer(
            200,
            json: [
                "requests": JSON(world.log.total), "statuses": .object(JSONObject(statuses)), "atOnce": .array(peaks),
            ])
    }
}

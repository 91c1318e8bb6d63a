/// `getSchedule`: free and busy times of people and rooms, from their default calendars.
struct ScheduleRoutes {
    let router: GraphRouter
    let mailbox: Mailbox

    private static let maximumSchedules = 100
    private static let maximumDays = 62
    private static let maximumEntries = 1000

    func answer() throws(GraphFailure) -> Answer {
        guard router.call.method == "POST" else { throw .methodNotAllowed }
        guard mailbox.behaviour.hasSchedule else {
            throw GraphFailure(400, "ErrorInvalidRequest", "This operation is not supported for personal accounts.")
        }
        let body = try ActionParameters.renamed(
            try router.body(), to: ["schedules", "startTime", "endTime", "availabilityViewInterval"])
        guard let schedules = try body.array("schedules"), !schedules.isEmpty else {
            throw .invalidRequest("schedules is required.")
        }
        guard schedules.count <= Self.maximumSchedules else {
            throw GraphFailure(400, "ErrorMailboxDataArrayTooBig", "There are too many schedules.")
        }
        let start = try time("startTime", body)
        let end = try time("endTime", body)
        if end <= start { throw .invalidRequest("endTime must be after startTime.") }
        if end.ticks - start.ticks > Int64(Self.maximumDays) * WallTime.ticksPerDay {
            throw GraphFailure(400, "ErrorTimeIntervalTooBig", "The requested time interval is too big.")
        }
        if body.object["availabilityViewInterval"]?.isNull == true {
            throw GraphFailure(500, "ErrorInternalServerError", "An internal server error occurred.")
        }
        let interval = try body.integer("availabilityViewInterval") ?? 30
        guard (5...1440).contains(interval) else { throw .invalidRequest("availabilityViewInterval is out of range.") }
        let window = Window(from: start, to: end)
        let values = schedules.map { schedule($0.string ?? "", window: window, minutes: interval) }
        let context = "\(router.root)/$metadata#Collection(microsoft.graph.scheduleInformation)"
        return Answer(
            200, json: ["@odata.context": .string(context), "value": .array(values)], headers: router.applied)
    }

    private func time(_ name: String, _ body: BodyReader) throws(GraphFailure) -> Instant {
        guard let value = try body.reader(name), let text = try value.string("dateTime") else {
            throw .invalidRequest("\(name) is required.")
        }
        let zoneName = try value.string("timeZone") ?? "UTC"
        guard let zone = Zone.named(zoneName) else { throw .unsupportedZone(zoneName) }
        guard let wall = WallTime(text: text) else { throw .invalidRequest("\(name) is no date and time.") }
        return zone.instant(of: wall)
    }

    private func schedule(_ address: String, window: Window, minutes: Int) -> JSON {
        guard let mailbox = router.world.mailbox(address), let folder = mailbox.defaultFolder else {
            return Self.failure(
                address, "Unable to resolve e-mail address to an Active Directory object.",
                code: "ErrorMailRecipientNotFound")
        }
        guard mailbox.directory == self.mailbox.directory else {
            return Self.failure(address, "The caller has no access to free/busy data.", code: "ErrorNoFreeBusyAccess")
        }
        let contents = EventRoutes.entries(of: folder, in: window).map { $0.occurrence?.content ?? $0.item.content }
            .filter { !$0.isCancelled }
        guard contents.count <= Self.maximumEntries else {
            return Self.failure(address, "The result set contains too many calendar entries.", code: "5006")
        }
        return [
            "scheduleId": .string(address),
            "availabilityView": .string(availability(contents, window: window, minutes: minutes)),
            "scheduleItems": .array(contents.filter { $0.showAs != "free" }.map { item($0, of: mailbox) }),
            "workingHours": SettingsRoutes.workingHours(mailbox),
        ]
    }

    private static func failure(_ address: String, _ message: String, code: String) -> JSON {
        [
            "scheduleId": .string(address), "scheduleItems": [],
            "error": ["message": .string(message), "responseCode": .string(code)],
        ]
    }

    /// One digit a slot; a slot touched in part counts, the busiest wins, workingElsewhere shows as free.
    private func availability(_ contents: [EventContent], window: Window, minutes: Int) -> String {
        let slot = Int64(minutes) * 60 * Instant.ticksPerSecond
        let count = Int((window.to.ticks - window.from.ticks + slot - 1) / slot)
        var levels = [Int](repeating: 0, count: count)
        for content in contents {
            let level = ["tentative": 1, "busy": 2, "oof": 3][content.showAs] ?? 0
            guard level > 0, content.end.instant > content.start.instant else { continue }
            let first = max(0, (content.start.instant.ticks - window.from.ticks).floorDivided(by: slot))
            let last = min(Int64(count) - 1, (content.end.instant.ticks - 1 - window.from.ticks).floorDivided(by: slot))
            for index in first..<max(first, last + 1) { levels[Int(index)] = max(levels[Int(index)], level) }
        }
        return levels.map(String.init).joined()
    }

    private func item(_ content: EventContent, of mailbox: Mailbox) -> JSON {
        let zone = router.preferences.zone ?? .utc
        let time = { (time: EventTime) -> JSON in
            ["dateTime": .string(zone.wall(at: time.instant).text), "timeZone": .string(zone.name)]
        }
        var object = JSONObject([("isPrivate", .bool(content.sensitivity == "private"))])
        object["status"] = .string(content.showAs)
        if content.sensitivity == "normal", mailbox.id == self.mailbox.id {
            object["subject"] = JSON(content.subject)
            object["location"] = content.locations.first?["displayName"] ?? ""
        }
        object["start"] = time(content.start)
        object["end"] = time(content.end)
        return .object(object)
    }
}

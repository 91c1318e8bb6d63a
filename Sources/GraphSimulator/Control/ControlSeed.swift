/// Fills a calendar with many single events, spread evenly over a time.
struct ControlSeed {
    let router: ControlRouter
    let view: CalendarView

    private static let maximumCount = 100_000

    func answer() throws -> Answer {
        let body = try router.body()
        guard let count = body["count"]?.integer, (1...Self.maximumCount).contains(count) else {
            throw ControlFailure("count is a number from 1 to \(Self.maximumCount)")
        }
        let world = router.world
        let from = body["from"]?.string.flatMap(Instant.init(iso:)) ?? world.now
        let days = body["days"]?.number ?? 300
        let length = (body["minutes"]?.number ?? 30) * 60
        let prefix = body["prefix"]?.string ?? "Event"
        let text = String(repeating: "x", count: body["bodyBytes"]?.integer ?? 0)
        let attendees = (0..<(body["attendees"]?.integer ?? 0)).map { index in
            Attendee(person: Person(name: "Guest \(index)", address: "guest\(index)@elsewhere.example"))
        }
        let step = days * 86_400 / Double(count)
        for index in 0..<count {
            // Whole minutes, as people's events have.
            let seconds = ((from.seconds + step * Double(index)) / 60).rounded(.down) * 60
            var content = world.blankContent(of: view.owner)
            content.subject = "\(prefix) \(index)"
            content.start = EventTime(wall: WallTime(ticks: Instant(seconds: seconds).ticks), zone: .utc)
            content.end = EventTime(wall: WallTime(ticks: Instant(seconds: seconds + length).ticks), zone: .utc)
            content.bodyContent = text
            content.attendees = attendees
            _ = world.insertEvent(content, in: view.owner, folder: view.store)
        }
        return Answer(200, json: ["count": JSON(count)])
    }
}

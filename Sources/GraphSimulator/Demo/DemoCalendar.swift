/// How an event of the demo repeats.
struct Weekly {
    var pattern: RecurrencePattern?

    static let none = Weekly(pattern: nil)
}

/// Writes into one calendar of the demo, in its owner's own time.
struct DemoCalendar {
    let world: World
    let mailbox: Mailbox

    /// The Monday of the week in which the simulator started, by the owner's calendar.
    private var monday: Day {
        let today = mailbox.zone.wall(at: world.now).day
        return today + -((today.weekday.rawValue + 6) % 7)
    }

    func single(
        _ subject: String, day: Int, _ time: String, _ minutes: Int, showAs: String = "busy",
        sensitivity: String = "normal"
    ) {
        var content = content(subject, day: day, time, minutes, .none, showAs: showAs)
        content.sensitivity = sensitivity
        insert(content)
    }

    func weekly(
        _ subject: String, _ days: [Weekday], _ time: String, _ minutes: Int, interval: Int = 1,
        showAs: String = "busy",
        sensitivity: String = "normal"
    ) {
        var pattern = RecurrencePattern(kind: .weekly, interval: interval)
        pattern.daysOfWeek = days
        pattern.firstDayOfWeek = .monday
        // Begun some weeks ago, as most series in real calendars were.
        var content = content(subject, day: -28, time, minutes, Weekly(pattern: pattern), showAs: showAs)
        content.sensitivity = sensitivity
        insert(content)
    }

    func monthly(_ subject: String, _ index: RecurrencePattern.Index, _ day: Weekday, _ time: String, _ minutes: Int) {
        var pattern = RecurrencePattern(kind: .relativeMonthly)
        pattern.index = index
        pattern.daysOfWeek = [day]
        insert(content(subject, day: -56, time, minutes, Weekly(pattern: pattern), showAs: "busy"))
    }

    func allDay(_ subject: String, day: Int, days: Int, showAs: String) {
        var content = content(subject, day: day, "00:00", days * 1440, .none, showAs: showAs)
        content.isAllDay = true
        insert(content)
    }

    func content(
        _ subject: String, day: Int, _ time: String, _ minutes: Int, _ weekly: Weekly, showAs: String
    ) -> EventContent {
        let zone = mailbox.zone
        var first = monday + day
        var content = world.blankContent(of: mailbox)
        if let pattern = weekly.pattern {
            let unplaced = Recurrence(
                pattern: pattern, range: RecurrenceRange(kind: .noEnd, startDate: first, zone: zone.name))
            first = unplaced.firstDay ?? first
            content.recurrence = Recurrence(
                pattern: pattern, range: RecurrenceRange(kind: .noEnd, startDate: first, zone: zone.name))
        }
        let start = WallTime(text: "\(first.text)T\(time)") ?? WallTime(day: first)
        let length = Int64(minutes) * 60 * Instant.ticksPerSecond
        content.subject = subject
        content.start = EventTime(wall: start, zone: zone)
        content.end = EventTime(wall: WallTime(ticks: start.ticks + length), zone: zone)
        (content.originalStartZone, content.originalEndZone) = (zone.name, zone.name)
        content.showAs = showAs
        return content
    }

    private func insert(_ content: EventContent) {
        guard let folder = mailbox.defaultFolder else { return }
        _ = world.insertEvent(content, in: mailbox, folder: folder)
    }
}

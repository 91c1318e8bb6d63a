// The rule of a series.
//
// Graph: recurrencePattern (six types) times recurrenceRange (three). Expansion works on dates alone; the time of day
// and the zone come later, so that an occurrence keeps its wall-clock time over clock changes.
//
// Every type is "periods of `interval` days, weeks, months or years since the first one, some dates in each". A window
// is reached by computing its period, not by walking from the start: a daily series without end costs no more in 2040
// than today. A numbered range is turned into its last date once, when the rule is made.

/// Which dates a series falls on, without bounds.
struct RecurrencePattern: Hashable, Sendable {
    enum Kind: String, Sendable {
        case daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly, relativeYearly
    }

    enum Index: String, Sendable {
        case first, second, third, fourth, last
    }

    var kind: Kind
    var interval = 1
    var month = 0
    var dayOfMonth = 0
    var daysOfWeek: [Weekday] = []
    var firstDayOfWeek = Weekday.sunday
    var index = Index.first
}

/// Where a series begins and ends.
struct RecurrenceRange: Hashable, Sendable {
    enum Kind: String, Sendable {
        case endDate, noEnd, numbered
    }

    var kind: Kind
    var startDate: Day
    /// The last date on which an occurrence may begin; of `endDate` ranges only.
    var endDate: Day?
    var numberOfOccurrences = 0
    /// Name of the zone in which the dates are meant.
    var zone: String
}

/// A rule: pattern and range.
struct Recurrence: Hashable, Sendable {
    let pattern: RecurrencePattern
    let range: RecurrenceRange
    /// The last date that can hold an occurrence.
    let lastDay: Day

    /// Nothing begins after this date, whatever the range says; Exchange's own calendar ends in 4500.
    private static let endOfTime = Day(year: 4500, month: 8, day: 31)

    init(pattern: RecurrencePattern, range: RecurrenceRange) {
        self.pattern = pattern
        self.range = range
        switch range.kind {
        case .noEnd: lastDay = Self.endOfTime
        case .endDate: lastDay = range.endDate ?? Self.endOfTime
        case .numbered:
            let unbounded = Expansion(pattern: pattern, start: range.startDate, last: Self.endOfTime)
            lastDay = unbounded.day(number: range.numberOfOccurrences) ?? range.startDate
        }
    }

    /// The dates on which occurrences begin, from `first` to `last`, both included, in order.
    func days(from first: Day, through last: Day) -> [Day] {
        Expansion(pattern: pattern, start: range.startDate, last: lastDay).days(from: first, through: last)
    }

    /// The date of the first occurrence; `nil` for a rule that never fits.
    var firstDay: Day? { Expansion(pattern: pattern, start: range.startDate, last: lastDay).day(number: 1) }

    /// The same rule with another end.
    func ending(on day: Day) -> Recurrence {
        var shortened = range
        shortened.kind = .endDate
        shortened.endDate = day
        shortened.numberOfOccurrences = 0
        return Recurrence(pattern: pattern, range: shortened)
    }
}

/// Walks the periods of a pattern.
private struct Expansion {
    let pattern: RecurrencePattern
    let start: Day
    let last: Day

    /// Longest stretch without any date: 29 February over a year like 2100, by fours; enough for every interval to
    /// 99 years. Without a bound a rule that never fits would walk for ever.
    private static let maximumEmptyPeriods = 1000

    func days(from first: Day, through end: Day) -> [Day] {
        let first = max(first, start)
        let end = min(end, last)
        guard first <= end else { return [] }
        var result: [Day] = []
        // One period early: a week or month that began before `first` may still hold dates.
        var period = max(0, self.period(of: first) - 1)
        while true {
            let (begins, dates) = dates(inPeriod: period)
            if begins > end { return result }
            result += dates.filter { $0 >= first && $0 <= end }
            period += 1
        }
    }

    func day(number: Int) -> Day? {
        var left = number
        var empty = 0
        var period = 0
        while empty < Self.maximumEmptyPeriods {
            let (begins, all) = dates(inPeriod: period)
            if begins > last { return nil }
            let dates = all.filter { $0 >= start && $0 <= last }
            if left <= dates.count { return dates[left - 1] }
            left -= dates.count
            empty = dates.isEmpty ? empty + 1 : 0
            period += 1
        }
        return nil
    }

    private func period(of day: Day) -> Int {
        switch pattern.kind {
        case .daily: return (day - start) / pattern.interval
        case .weekly: return (day - weekStart(of: start)) / 7 / pattern.interval
        case .absoluteMonthly, .relativeMonthly: return (months(of: day) - months(of: start)) / pattern.interval
        case .absoluteYearly, .relativeYearly: return (day.civil.year - start.civil.year) / pattern.interval
        }
    }

    private func months(of day: Day) -> Int { day.civil.year * 12 + day.civil.month - 1 }

    private func weekStart(of day: Day) -> Day {
        day + -((day.weekday.rawValue - pattern.firstDayOfWeek.rawValue + 7) % 7)
    }

    private func dates(inPeriod period: Int) -> (begins: Day, dates: [Day]) {
        let steps = period * pattern.interval
        switch pattern.kind {
        case .daily:
            return (start + steps, [start + steps])
        case .weekly:
            let week = weekStart(of: start) + steps * 7
            return (week, (0..<7).map { week + $0 }.filter { pattern.daysOfWeek.contains($0.weekday) })
        case .absoluteMonthly, .relativeMonthly:
            let months = months(of: start) + steps
            return inMonth(months % 12 + 1, year: months / 12)
        case .absoluteYearly, .relativeYearly:
            return inMonth(pattern.month, year: start.civil.year + steps)
        }
    }

    private func inMonth(_ month: Int, year: Int) -> (begins: Day, dates: [Day]) {
        let length = Day.length(ofMonth: month, year: year)
        let first = Day(year: year, month: month, day: 1)
        if pattern.kind == .absoluteMonthly || pattern.kind == .absoluteYearly {
            // Outlook moves the 31st to the last day of a shorter month.
            return (first, [first + (min(pattern.dayOfMonth, length) - 1)])
        }
        let fitting = (0..<length).map { first + $0 }.filter { pattern.daysOfWeek.contains($0.weekday) }
        switch pattern.index {
        case .first: return (first, Array(fitting.prefix(1)))
        case .second: return (first, Array(fitting.dropFirst(1).prefix(1)))
        case .third: return (first, Array(fitting.dropFirst(2).prefix(1)))
        case .fourth: return (first, Array(fitting.dropFirst(3).prefix(1)))
        case .last: return (first, Array(fitting.suffix(1)))
        }
    }
}

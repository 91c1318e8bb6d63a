import FleetCore
import Foundation

// The page's parts, each by itself: the first answer holds them all, the stream then sends those whose markup changed.

/// One part of the page; the raw value is its id there.
enum DashboardPart: String, CaseIterable, Sendable {
    case attention, figures, rate, latency, queues, tenants, workers, connections, letters, changes

    /// What it is called for those who don't see it.
    var name: String {
        switch self {
        case .attention: "At a glance"
        case .figures: "Figures"
        case .rate: "Jobs a second"
        case .latency: "From push to result"
        case .queues: "Queues and streams"
        case .tenants: "Tenants"
        case .workers: "Workers"
        case .connections: "Connections"
        case .letters: "Dead letters"
        case .changes: "Changes"
        }
    }

    /// Its markup for a frame.
    func html(_ frame: DashboardFrame) -> HTML {
        switch self {
        case .attention: Self.attention(frame)
        case .figures: Self.figures(frame)
        case .rate: Self.rate(frame)
        case .latency: Self.latency(frame)
        case .queues: Self.queues(frame)
        case .tenants: Self.tenants(frame)
        case .workers: Self.workers(frame)
        case .connections: Self.connections(frame)
        case .letters: Self.letters(frame)
        case .changes: Self.changes(frame)
        }
    }

    // MARK: At a glance

    /// What an operator should see to, in words; or that there is nothing.
    private static func attention(_ frame: DashboardFrame) -> HTML {
        func count(_ number: Int, _ one: String, _ many: String) -> String {
            "\(grouped(number)) \(number == 1 ? one : many)"
        }
        var items: [HTML] = []
        func add(_ kind: HTML, _ text: String) { items.append("<li class=\"\(kind)\">\(text)</li>") }
        let waits = frame.queue.pushed + frame.queue.ready + frame.queue.behind
        if frame.workers.isEmpty { add("bad", waits > 0 ? "no worker runs, and jobs wait" : "no worker runs") }
        if frame.reconnects > 0 {
            add("bad", count(frame.reconnects, "calendar must be", "calendars must be") + " reconnected")
        }
        if frame.queue.dead > 0 { add("warn", count(frame.queue.dead, "dead letter", "dead letters")) }
        if frame.failing > 0 { add("warn", "the last sync of \(count(frame.failing, "calendar", "calendars")) failed") }
        let held = frame.tenants.count { $0.state != "active" }
        if held > 0 { add("warn", count(held, "tenant is", "tenants are") + " held back") }
        for stream in frame.streams {
            for group in stream.groups where group.behind >= .seconds(60) {
                let behind = Moments.span(group.behind / .seconds(1))
                add("warn", "\(group.name) is \(behind) behind in \(stream.name)")
            }
        }
        if items.isEmpty { items = ["<li>nothing needs you</li>"] }
        return "<ul aria-label=\"What needs somebody\">\(items)</ul>"
    }

    private static func figures(_ frame: DashboardFrame) -> HTML {
        let queue = frame.queue
        let last = frame.samples.suffix(10)
        let rate = last.isEmpty ? 0 : last.reduce(0) { $0 + $1.jobs } / Double(last.count)
        let oldest = frame.tenants.filter { $0.waiting > 0 }.compactMap(\.since).min()
        let longest = oldest.map { "for \(Moments.span(max(0, frame.at.timeIntervalSince($0)))) at most" }
        let reconnects = "\(grouped(frame.reconnects)) to be reconnected"
        return """
            <div>\(figure("Jobs a second", Chart.short(rate), "ended, over 10 s"))\
            \(figure("Pushed", grouped(queue.pushed), "not taken in yet"))\
            \(figure("Waiting", grouped(queue.ready + queue.behind), longest ?? "ready, or in line"))\
            \(figure("Running", grouped(queue.running), "under a lease"))\
            \(figure("Parked", grouped(queue.parked), "until a time"))\
            \(figure("Dead letters", grouped(queue.dead), "kept for 30 days", isBad: queue.dead > 0))\
            \(figure(
                "Connections", grouped(queue.connections), frame.reconnects > 0 ? reconnects : "calendars in step",
                isBad: frame.reconnects > 0))</div>
            """
    }

    private static func figure(_ name: String, _ value: String, _ note: String, isBad: Bool = false) -> HTML {
        """
        <dl class="figure\(isBad ? " bad" : "")"><dt>\(name)</dt><dd>\(value)</dd><dd class="note">\(note)</dd></dl>
        """
    }

    private static func rate(_ frame: DashboardFrame) -> HTML {
        let jobs = frame.samples.map(\.jobs)
        let chart = Chart(
            title: "Jobs that ended, by second, over the last 5 minutes", format: Chart.short,
            lines: [
                .init(style: "all", values: jobs, isArea: true),
                .init(style: "failed", values: frame.samples.map { $0.failed > 0 ? $0.failed : nil }),
            ], capacity: RateMeter.capacity, atLeast: 5)
        return """
            <h2>Jobs a second <small>5 minutes</small></h2>\(chart.svg)\
            <p class="key"><span><i class="swatch"></i>ended <b>\(Chart.short(jobs.last ?? 0))</b>, at most \
            \(Chart.short(jobs.max() ?? 0))</span><span><i class="swatch failed"></i>failed \
            <b>\(Chart.short(frame.samples.last?.failed ?? 0))</b></span></p>
            """
    }

    private static func latency(_ frame: DashboardFrame) -> HTML {
        let chart = Chart(
            title: "Milliseconds from the push of a job to its end, over the last 5 minutes",
            format: Moments.milliseconds,
            lines: [
                .init(style: "median", values: frame.samples.map(\.median)),
                .init(style: "late", values: frame.samples.map(\.late)),
            ], capacity: RateMeter.capacity, atLeast: 10)
        let median = frame.samples.last { $0.median != nil }
        return """
            <h2>From push to result <small>5 minutes</small></h2>\(chart.svg)\
            <p class="key"><span><i class="swatch"></i>median \
            <b>\(median?.median.map(Moments.milliseconds) ?? "–")</b></span>\
            <span><i class="swatch late"></i>95 of 100 within \
            <b>\(median?.late.map(Moments.milliseconds) ?? "–")</b></span></p>
            """
    }

    // MARK: Pieces

    static func empty(_ name: String, _ text: String) -> HTML {
        "<h2>\(name)</h2><p class=\"quiet\">\(text)</p>"
    }

    /// A column whose name begins with `#` holds numbers. Without `shown` nothing was cut, and nothing is said of it.
    static func table(
        _ name: String, shown: Int? = nil, of total: Int = 0, _ columns: [String], _ rows: [HTML]
    ) -> HTML {
        let heads = columns.map { column -> HTML in
            column.hasPrefix("#")
                ? "<th scope=\"col\" class=\"number\">\(String(column.dropFirst()))</th>"
                : "<th scope=\"col\">\(column)</th>"
        }
        let count = shown.map { $0 < total ? "\(grouped($0)) of \(grouped(total))" : grouped(total) } ?? ""
        return """
            <h2>\(name) <small>\(count)</small></h2><div class="scroll" tabindex="0" role="region" \
            aria-label="\(name)"><table><thead><tr>\(heads)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    static func percent(_ part: Double) -> Int { Int((min(max(part, 0), 1) * 100).rounded()) }

    /// `1,234,567`.
    static func grouped(_ number: Int) -> String {
        var digits = Array(String(abs(number)))
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: index)
            index -= 3
        }
        return (number < 0 ? "-" : "") + String(digits)
    }
}

import FleetCore
import Foundation

// The page's parts, each by itself: the first answer holds them all, the stream then sends those whose markup changed.

/// One part of the page; the raw value is its id there.
enum DashboardPart: String, CaseIterable, Sendable {
    case figures, rate, latency, tenants, workers, connections, letters, changes

    /// Its markup for a frame.
    func html(_ frame: DashboardFrame) -> HTML {
        switch self {
        case .figures: Self.figures(frame)
        case .rate: Self.rate(frame)
        case .latency: Self.latency(frame)
        case .tenants: Self.tenants(frame)
        case .workers: Self.workers(frame)
        case .connections: Self.connections(frame)
        case .letters: Self.letters(frame)
        case .changes: Self.changes(frame)
        }
    }

    // MARK: Figures and charts

    private static func figures(_ frame: DashboardFrame) -> HTML {
        let queue = frame.queue
        let last = frame.samples.suffix(10)
        let rate = last.isEmpty ? 0 : last.reduce(0) { $0 + $1.jobs } / Double(last.count)
        return """
            \(figure("Jobs a second", Chart.short(rate), "ended, over 10 s"))\
            \(figure("Pushed", grouped(queue.pushed), "not taken in yet"))\
            \(figure("Waiting", grouped(queue.waiting), "could run now, or in line"))\
            \(figure("Running", grouped(queue.running), "under a lease"))\
            \(figure("Parked", grouped(queue.parked), "until a time"))\
            \(figure("Dead letters", grouped(queue.dead), "kept for 30 days", isBad: queue.dead > 0))\
            \(figure("Connections", grouped(queue.connections), "calendars in step"))
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
            title: "Jobs that ended, by second, over the last 5 minutes", unit: "/s",
            lines: [
                .init(style: "all", values: jobs, isArea: true),
                .init(style: "failed", values: frame.samples.map { $0.failed > 0 ? $0.failed : nil }),
            ], capacity: RateMeter.capacity, atLeast: 5)
        return """
            <h2>Jobs a second <small>5 minutes</small></h2>\(chart.svg)\
            <p class="key"><i class="swatch"></i>ended <b>\(Chart.short(jobs.last ?? 0))</b>, at most \
            \(Chart.short(jobs.max() ?? 0)) &ensp; <i class="swatch failed"></i>failed \
            <b>\(Chart.short(frame.samples.last?.failed ?? 0))</b></p>
            """
    }

    private static func latency(_ frame: DashboardFrame) -> HTML {
        let chart = Chart(
            title: "Milliseconds from the push of a job to its end, over the last 5 minutes", unit: " ms",
            lines: [
                .init(style: "median", values: frame.samples.map(\.median)),
                .init(style: "late", values: frame.samples.map(\.late)),
            ], capacity: RateMeter.capacity, atLeast: 10)
        let median = frame.samples.last { $0.median != nil }
        return """
            <h2>From push to result <small>5 minutes</small></h2>\(chart.svg)\
            <p class="key"><i class="swatch"></i>median <b>\(median?.median.map(Moments.milliseconds) ?? "–")</b> \
            &ensp; <i class="swatch late"></i>95 of 100 within \
            <b>\(median?.late.map(Moments.milliseconds) ?? "–")</b></p>
            """
    }

    // MARK: Tables

    private static func tenants(_ frame: DashboardFrame) -> HTML {
        guard !frame.tenants.isEmpty else { return empty("Tenants", "No tenant has work or waits for anything.") }
        let rows = frame.tenants.map { tenant -> HTML in
            let kind = tenant.state == "active" ? "good" : "warn"
            let wait = tenant.reason.map { reason in
                reason + (tenant.until.map { ", " + Moments.relative($0, to: frame.at) } ?? "")
            }
            let budget: HTML =
                tenant.budgetUsed.map { used in
                    """
                    <meter min="0" max="100" high="90" value="\(percent(used))">\(percent(used)) %</meter> \
                    \(percent(used)) %
                    """
                } ?? "<span class=\"quiet\">–</span>"
            return """
                <tr><th scope="row">\(tenant.id)</th><td><span class="tag \(kind)">\(tenant.state)</span></td>\
                <td class="number">\(grouped(tenant.waiting))</td><td class="number">\(grouped(tenant.running))</td>\
                <td>\(budget)</td><td class="long">\(wait ?? "")</td></tr>
                """
        }
        return table(
            "Tenants", shown: frame.tenants.count, of: frame.tenantsTotal,
            ["Tenant", "State", "#Waiting", "#Running", "Budget", "Waits for"], rows)
    }

    private static func workers(_ frame: DashboardFrame) -> HTML {
        guard !frame.workers.isEmpty else {
            return empty("Workers", "No worker is registered: jobs wait until one starts.")
        }
        let rows = frame.workers.map { worker -> HTML in
            let lease = worker.deadline.map { "lease ends " + Moments.relative($0, to: frame.at) }
            return """
                <tr><th scope="row">\(worker.name)</th><td class="number">\(grouped(worker.running))</td>\
                <td>\(lease ?? "its jobs are taken over")</td></tr>
                """
        }
        return table(
            "Workers", shown: rows.count, of: rows.count, ["Worker", "#Running", "Heartbeat"], rows)
    }

    private static func connections(_ frame: DashboardFrame) -> HTML {
        guard !frame.connections.isEmpty else { return empty("Connections", "No resource is connected yet.") }
        let rows = frame.connections.map { id, connection -> HTML in
            guard let connection else {
                return """
                    <tr><td>\(id.tenant.rawValue)</td><th scope="row">\(id.resource.rawValue)</th>\
                    <td><span class="tag bad">unreadable</span></td><td colspan="5"></td></tr>
                    """
            }
            let works = connection.state == .active
            let state = works ? (connection.lastError == nil ? "active" : "failing") : "reconnect needed"
            let kind = works ? (connection.lastError == nil ? "good" : "warn") : "bad"
            let last = connection.lastSyncAt.map { Moments.relative($0, to: frame.at) } ?? "never"
            let next = connection.nextSyncAt.map { Moments.relative($0, to: frame.at) } ?? "on demand"
            return """
                <tr><td>\(id.tenant.rawValue)</td><th scope="row">\(id.resource.rawValue)</th>\
                <td><span class="tag \(kind)">\(state)</span></td><td>\(connection.calendarName)</td>\
                <td>\(connection.settings.frequency.description)</td><td>\(last)</td>\
                <td>\(works ? next : "")</td><td>\(connection.lastError?.code.rawValue ?? "")</td></tr>
                """
        }
        return table(
            "Connections", shown: rows.count, of: max(rows.count, frame.queue.connections),
            ["Tenant", "Resource", "State", "Calendar", "Frequency", "Last sync", "Next sync", "Last error"], rows)
    }

    private static func letters(_ frame: DashboardFrame) -> HTML {
        guard !frame.letters.isEmpty else { return empty("Dead letters", "Nothing failed for good.") }
        let rows = frame.letters.map { letter -> HTML in
            let retry: HTML =
                letter.canRetry
                ? "<button id=\"retry-\(letter.entry)\" formaction=\"/dashboard/dead/retry\">Retry</button> " : ""
            return """
                <tr><td>\(Moments.relative(letter.at, to: frame.at))</td><td>\(letter.tenant)</td>\
                <th scope="row">\(letter.job)</th><td>\(letter.kind)</td><td>\(letter.code)</td>\
                <td class="long">\(letter.message)</td><td>\
                <form class="deed" method="post" action="/dashboard/dead/discard">\
                <input type="hidden" name="entry" value="\(letter.entry)">\(retry)\
                <button id="discard-\(letter.entry)">Discard</button></form></td></tr>
                """
        }
        return table(
            "Dead letters", shown: rows.count, of: max(rows.count, frame.queue.dead),
            ["Ended", "Tenant", "Job", "Kind", "Code", "Why", ""], rows)
    }

    private static func changes(_ frame: DashboardFrame) -> HTML {
        guard !frame.changes.isEmpty else { return empty("Changes", "Nothing has changed in any calendar yet.") }
        let lines = frame.changes.map { change -> HTML in
            """
            <li><span class="quiet">\(Moments.relative(change.at, to: frame.at))</span>\
            <span>\(change.type) <b>\(change.connection)</b> \(change.title)</span></li>
            """
        }
        return """
            <h2>Changes <small>newest first</small></h2><ol class="feed" tabindex="0" aria-label="Changes">\(lines)</ol>
            """
    }

    // MARK: Pieces

    private static func empty(_ name: String, _ text: String) -> HTML {
        "<h2>\(name)</h2><p class=\"quiet\">\(text)</p>"
    }

    /// A column whose name begins with `#` holds numbers.
    private static func table(
        _ name: String, shown: Int, of total: Int, _ columns: [String], _ rows: [HTML]
    ) -> HTML {
        let heads = columns.map { column -> HTML in
            column.hasPrefix("#")
                ? "<th scope=\"col\" class=\"number\">\(String(column.dropFirst()))</th>"
                : "<th scope=\"col\">\(column)</th>"
        }
        let count = shown < total ? "\(grouped(shown)) of \(grouped(total))" : grouped(total)
        return """
            <h2>\(name) <small>\(count)</small></h2><div class="scroll" tabindex="0" role="region" \
            aria-label="\(name)"><table><thead><tr>\(heads)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    private static func percent(_ part: Double) -> Int { Int((min(max(part, 0), 1) * 100).rounded()) }

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

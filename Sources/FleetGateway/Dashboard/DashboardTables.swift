import FleetCore
import Foundation

// The parts that are lists: tables of what there is, cut to what a person can look through.
extension DashboardPart {
    static func queues(_ frame: DashboardFrame) -> HTML {
        let queue = frame.queue
        let lists = queue.lists.map { list -> HTML in row(list.name, list.count, "pushed, not taken in yet") }
        let states = [
            row("ready", queue.ready, "first of its line: wants nothing but a worker"),
            row("in line", queue.behind, "behind another job of its connection"),
            row("running", queue.running, "under a lease"), row("parked", queue.parked, "until a time"),
        ]
        let streams = frame.streams.map { stream -> HTML in
            let groups = stream.groups.map { group in
                let behind =
                    group.behind >= .seconds(1) ? "\(Moments.span(group.behind / .seconds(1))) behind" : "up to date"
                return "\(group.name): \(behind), \(grouped(group.pending)) pending"
            }
            return row(
                stream.name, stream.length, groups.isEmpty ? "no consumer group" : groups.joined(separator: " · "))
        }
        return table("Queues and streams", ["Where", "#Entries", "What"], lists + states + streams)
    }

    private static func row(_ name: String, _ count: Int, _ what: String) -> HTML {
        """
        <tr><th scope="row">\(name)</th><td class="number">\(grouped(count))</td>\
        <td class="long quiet">\(what)</td></tr>
        """
    }

    static func tenants(_ frame: DashboardFrame) -> HTML {
        guard !frame.tenants.isEmpty else { return empty("Tenants", "No tenant has a calendar or a job.") }
        let rows = frame.tenants.map { tenant -> HTML in
            let kind = tenant.state == "active" ? "good" : "warn"
            let wait = tenant.reason.map { reason in
                reason + (tenant.until.map { ", " + Moments.relative($0, to: frame.at) } ?? "")
            }
            let budget: HTML =
                tenant.budgetUsed.map { used in
                    """
                    <meter min="0" max="100" high="90" value="\(percent(used))" aria-label="Budget used">\
                    \(percent(used)) %</meter> \(percent(used)) %
                    """
                } ?? "<span class=\"quiet\">–</span>"
            let reconnects: HTML = tenant.reconnects > 0 ? "<td class=\"number bad\">" : "<td class=\"number\">"
            let since =
                tenant.waiting > 0 ? tenant.since.map { Moments.relative(min($0, frame.at), to: frame.at) } : nil
            return """
                <tr><th scope="row">\(tenant.id)</th><td><span class="tag \(kind)">\(tenant.state)</span></td>\
                <td class="number">\(grouped(tenant.connections))</td>\(reconnects)\(grouped(tenant.reconnects))</td>\
                <td class="number">\(grouped(tenant.running))</td><td class="number">\(grouped(tenant.waiting))</td>\
                <td>\(since ?? "")</td><td class="long">\(wait ?? "")</td><td>\(budget)</td></tr>
                """
        }
        return table(
            "Tenants", shown: frame.tenants.count, of: frame.tenantsTotal,
            [
                "Tenant", "State", "#Calendars", "#Reconnect needed", "#Running", "#In wait", "Waiting since",
                "Waits for", "Budget used",
            ], rows)
    }

    static func workers(_ frame: DashboardFrame) -> HTML {
        guard !frame.workers.isEmpty else {
            return empty("Workers", "No worker is registered: jobs wait until one starts.")
        }
        let rows = frame.workers.map { worker -> HTML in
            let seconds = worker.deadline.map { $0.timeIntervalSince(frame.at) }
            let beat: HTML =
                switch seconds {
                case .some(let seconds) where seconds > 0:
                    "<span class=\"tag good\">alive</span> for \(Moments.span(seconds)) more"
                case .some: "<span class=\"tag warn\">late</span> its leases have run out"
                case .none: "<span class=\"tag bad\">gone</span> its jobs are taken over"
                }
            let slots = worker.slots.map { "\(grouped(worker.running)) of \(grouped($0))" } ?? grouped(worker.running)
            return """
                <tr><th scope="row">\(worker.name)</th><td>\(beat)</td><td class="number">\(slots)</td>\
                <td class="number">\(worker.jobsPerSecond.map(Chart.short) ?? "")</td><td>\(worker.version)</td></tr>
                """
        }
        return table("Workers", ["Worker", "Heartbeat", "#Running", "#Jobs/s", "Version"], rows)
    }

    static func connections(_ frame: DashboardFrame) -> HTML {
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

    static func letters(_ frame: DashboardFrame) -> HTML {
        guard !frame.letters.isEmpty else { return empty("Dead letters", "Nothing failed for good.") }
        let rows = frame.letters.map { letter -> HTML in
            let retry: HTML =
                letter.canRetry
                ? "<button id=\"retry-\(letter.entry)\" formaction=\"/dashboard/dead/retry\">Retry</button> " : ""
            return """
                <tr id="letter-\(letter.entry)"><td>\(Moments.relative(letter.at, to: frame.at))</td>\
                <td>\(letter.tenant)</td>\
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

    static func changes(_ frame: DashboardFrame) -> HTML {
        guard !frame.changes.isEmpty else { return empty("Changes", "Nothing has changed in any calendar yet.") }
        let lines = frame.changes.map { change -> HTML in
            """
            <li id="change-\(change.entry)"><span class="quiet">\(Moments.relative(change.at, to: frame.at))</span>\
            <span><span class="tag \(tone(of: change.type))">\(change.type)</span> <b>\(change.connection)</b> \
            \(change.title)</span></li>
            """
        }
        return """
            <h2>Changes <small>newest first</small></h2><ol class="feed" tabindex="0" aria-label="Changes">\(lines)</ol>
            """
    }

    /// How a type of change looks: what needs somebody stands out.
    private static func tone(of type: String) -> HTML {
        switch type {
        case "calendar.reconnect_required", "calendar.stalled": "bad"
        case "booking.rejected", "booking.moved", "booking.edited_in_outlook", "booking.cancelled_in_outlook": "warn"
        case "booking.confirmed", "booking.updated", "calendar.connected", "calendar.recovered": "good"
        default: "news"
        }
    }
}

package import FleetCore

extension FleetStatus {
    /// One JSON object, as `status --json` and the dashboard tell it. Lengths of time are whole milliseconds, and their
    /// names say so.
    package var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }

    /// The same into a larger text.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("at")
        writer.value(now)
        writer.key("jobs")
        writer.beginObject()
        let counts: [(StaticString, Int)] = [
            ("waiting", waiting), ("running", running), ("parked", parked), ("untaken", untaken), ("ready", ready),
            ("behind", behind), ("dead", dead), ("newer", newer),
        ]
        for (name, count) in counts { writer.member(name, count) }
        writer.endObject()
        writer.key("lists")
        writer.beginObject()
        for list in IngressList.allCases {
            guard let length = ingress[list] ?? nil else { continue }
            writer.key(list.rawValue)
            writer.value(length)
        }
        writer.endObject()
        writer.member("due", due)
        writer.member("held_tenants", held)
        writer.member("connections", connections)
        writer.key("jobs_per_second")
        writer.raw(Self.decimal(jobsPerSecond))
        if let budgets { writeBudgets(budgets, to: &writer) }
        writeTenants(to: &writer)
        writer.member("worker_count", workerCount)
        writeWorkers(to: &writer)
        writer.key("streams")
        writer.beginObject()
        writer.key("results")
        results.write(to: &writer)
        writer.key("changes")
        changes.write(to: &writer)
        writer.endObject()
        writer.member("sampled", isSampled)
        writer.endObject()
    }

    private func writeTenants(to writer: inout JSONWriter) {
        writer.key("tenants")
        writer.beginArray()
        for tenant in tenants {
            writer.beginObject()
            writer.member("tenant_id", tenant.tenant.rawValue)
            writer.member("running", tenant.running)
            writer.member("ready", tenant.ready)
            writer.member("parked", tenant.parked)
            writer.optional("next_due_at", tenant.nextDue)
            writer.optional("reason", tenant.reason?.rawValue)
            writer.optional("held_until", tenant.heldUntil)
            writer.optional("waiting_since", tenant.waitingSince)
            if let setting = budgets?.tenants[tenant.tenant] {
                writer.optional("hold", setting.hold?.rawValue)
                writer.member("used", setting.used)
                writer.member("limit", setting.limit.description)
                writer.member("own_limit", setting.hasOwnLimit)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    private func writeBudgets(_ budgets: BudgetReport, to writer: inout JSONWriter) {
        writer.key("budgets")
        writer.beginObject()
        writer.member("app_used", budgets.appUsed)
        writer.member("app_limit", budgets.limits.app.description)
        writer.member("tenant_limit", budgets.limits.tenant.description)
        writer.member("mailbox_limit", budgets.limits.mailbox.description)
        writer.member("mailbox_concurrency", budgets.limits.mailboxConcurrency)
        writer.endObject()
    }

    private func writeWorkers(to writer: inout JSONWriter) {
        writer.key("workers")
        writer.beginArray()
        for worker in workers {
            writer.beginObject()
            writer.member("name", worker.name)
            writer.member("jobs", worker.leases)
            writer.optional("lease_ends_at", worker.deadline)
            if let report = worker.report {
                writer.member("version", report.version)
                writer.member("slots", report.slots)
                writer.member("done", report.done)
                writer.key("jobs_per_second")
                writer.raw(Self.decimal(report.jobsPerSecond))
                writer.key("started_at")
                writer.value(report.startedAt)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    /// Two decimals: JSON's writer knows whole numbers only.
    private static func decimal(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }
}

extension StreamStatus {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.optional("length", length)
        writer.member("added", added)
        writer.optional("first_id", first)
        writer.optional("last_id", last)
        writer.key("groups")
        writer.beginArray()
        for group in groups {
            writer.beginObject()
            writer.member("name", group.name)
            writer.member("consumers", group.consumers)
            writer.member("pending", group.pending)
            writer.member("last_delivered_id", group.lastDelivered)
            writer.member("behind_ms", Int(group.behind / .milliseconds(1)))
            writer.optional("idle_ms", group.idle.map { Int($0 / .milliseconds(1)) })
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

import FleetCore
package import Foundation

/// What a worker says of itself with each renewal of its lease, for `status`, `top` and the dashboard. Nothing decides
/// by it.
package struct WorkerReport: Sendable, Equatable {
    /// The program's version.
    package var version: String
    /// Jobs that it may run at once.
    package var slots: Int
    /// Jobs that it has ended since it began, those of timers too.
    package var done: Int
    /// Jobs that it ended in a second, between its last two reports.
    package var jobsPerSecond: Double
    /// When its process began.
    package var startedAt: Date

    /// A report.
    package init(version: String, slots: Int, done: Int, jobsPerSecond: Double, startedAt: Date) {
        self.version = version
        self.slots = slots
        self.done = done
        self.jobsPerSecond = jobsPerSecond
        self.startedAt = startedAt
    }

    /// As it rests: one JSON object.
    var encoded: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", version)
        writer.member("slots", slots)
        writer.member("done", done)
        writer.member("hundredths_per_second", Int(min(jobsPerSecond, 1e9) * 100))
        writer.member("started_ms", startedAt.milliseconds)
        writer.endObject()
        return writer.text
    }

    /// nil for anything that isn't one: a newer version may say other things.
    init?(encoded: String) {
        guard let members = (try? StrictJSON.parse(encoded))?.objectValue,
            let version = members["version"]?.stringValue, let slots = members["slots"]?.integerValue,
            let done = members["done"]?.integerValue, let rate = members["hundredths_per_second"]?.integerValue,
            let started = members["started_ms"]?.integerValue
        else { return nil }
        self.init(
            version: version, slots: slots, done: done, jobsPerSecond: Double(rate) / 100,
            startedAt: Date(milliseconds: started))
    }
}

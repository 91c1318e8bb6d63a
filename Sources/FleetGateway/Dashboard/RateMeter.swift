import Foundation

// How many jobs end a second, and how long they took, at a cost that doesn't grow with their number: Redis counts the
// entries that a stream ever got, and the newest 200 of them stand for the rest.

/// The last five minutes of the results stream, one sample a second.
struct RateMeter: Sendable {
    /// Samples kept: five minutes.
    static let capacity = 300
    /// Entries looked at each second.
    static let sampled = 200

    private(set) var samples: [RateSample] = []
    private var counted: (entries: Int, at: Date)?

    /// What was seen of the stream.
    struct Reading: Sendable {
        /// Entries that the stream ever got.
        var entries: Int
        /// The newest, at most `sampled`.
        var newest: [Ended]
        var now: Date
    }

    /// A terminal entry.
    struct Ended: Sendable {
        var at: Date
        var failed: Bool
        /// From first seen to finished; nil where the entry doesn't say.
        var milliseconds: Double?
    }

    /// Adds the sample since the reading before. The first reading only sets the mark.
    mutating func add(_ reading: Reading) {
        defer { counted = (reading.entries, reading.now) }
        guard let before = counted, reading.now > before.at, reading.entries >= before.entries else { return }
        let seconds = reading.now.timeIntervalSince(before.at)
        let jobs = Double(reading.entries - before.entries) / seconds
        let fresh = reading.newest.filter { $0.at > before.at }
        let failed = fresh.isEmpty ? 0 : jobs * Double(fresh.count(where: \.failed)) / Double(fresh.count)
        let times = fresh.compactMap(\.milliseconds).sorted()
        samples.append(
            RateSample(jobs: jobs, failed: failed, median: Self.quantile(times, 0.5), late: Self.quantile(times, 0.95)))
        if samples.count > Self.capacity { samples.removeFirst(samples.count - Self.capacity) }
    }

    private static func quantile(_ sorted: [Double], _ part: Double) -> Double? {
        sorted.isEmpty ? nil : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }
}

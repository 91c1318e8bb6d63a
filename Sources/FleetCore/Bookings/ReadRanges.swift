import Foundation

/// Which parts of a calendar are read for a job's bookings: few reads, however many bookings.
package enum ReadRanges {
    /// At most so many ranges for a few spans; each is a request at least, before the write and again after it.
    static let most = 4
    /// For more spans than a batch holds: their batches need requests, too, and a hundred bookings have twelve.
    static let mostForMany = 2
    /// More spans than this are many.
    static let few = 20
    /// Gaps shorter than this are read too: a page more is cheaper than a request more.
    static let shortestGap: TimeInterval = 3 * 86_400
    /// All-day events float: Graph places them in UTC, or in a zone of its choice; zones are up to 14 hours away from
    /// it. So a range reaches further than what it is read for.
    static let margin: TimeInterval = 14 * 3600

    /// The ranges that cover the spans: divided at the largest gaps.
    package static func covering(_ spans: [TimeSpan]) -> [TimeSpan] {
        var merged: [TimeSpan] = []
        for span in spans.sorted(by: { $0.start < $1.start }) {
            if let last = merged.last, span.start.timeIntervalSince(last.end) < shortestGap {
                merged[merged.count - 1] = last.union(span)
            } else {
                merged.append(span)
            }
        }
        while merged.count > (spans.count > few ? mostForMany : most) {
            let gaps = merged.indices.dropLast().map { merged[$0 + 1].start.timeIntervalSince(merged[$0].end) }
            let narrowest = gaps.indices.min { gaps[$0] < gaps[$1] } ?? 0
            merged[narrowest] = merged[narrowest].union(merged[narrowest + 1])
            merged.remove(at: narrowest + 1)
        }
        return merged.map {
            TimeSpan(start: $0.start.addingTimeInterval(-margin), end: $0.end.addingTimeInterval(margin))
        }
    }
}

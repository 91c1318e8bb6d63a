import Foundation
import TestSupport

/// When requests reached Graph, by the simulator's own log: what budgets are judged by.
struct ArrivalLog: Sendable {
    /// Sorted.
    let times: [Date]
    let refused: Int

    /// The requests to Graph that a filter lets through, after a number of the log.
    init(_ simulator: Simulator, after number: Int = 0, where isMeant: (JSON) -> Bool = { _ in true }) throws {
        let entries = try simulator.control("GET", "log?after=\(number)").elements
            .filter { $0["path"].string?.contains("/oauth2/") == false && isMeant($0) }
        times = entries.compactMap { Instant.read($0["time"].string ?? "") }.sorted()
        refused = entries.count { $0["status"].int == 429 }
    }

    /// The number of the last request so far.
    static func position(_ simulator: Simulator) throws -> Int {
        try simulator.control("GET", "log").elements.last?["number"].int ?? 0
    }

    /// The most requests in any window of this length.
    func most(in window: TimeInterval) -> Int {
        var (most, first) = (0, 0)
        for (index, time) in times.enumerated() {
            while time.timeIntervalSince(times[first]) >= window { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    /// Which part of `count` per `window` was used once demand had filled a window: between the first request of the
    /// second fill and the first of a later one lie whole windows at best. (The first fill, in whatever rhythm demand
    /// came, costs a bucket's width once.)
    func use(of count: Int, per window: TimeInterval) -> Double {
        let fills = (times.count - 1) / count - 1
        guard fills > 0 else { return 0 }
        return Double(fills) * window / times[(fills + 1) * count].timeIntervalSince(times[count])
    }
}

extension Simulator {
    /// The most requests at once on any mailbox.
    func peakAtOnce() throws -> Int {
        try control("GET", "statistics")["atOnce"].elements.compactMap { $0["peak"].int }.max() ?? 0
    }
}

import Metrics
import Synchronization

/// A number that only grows. An increment is one atomic addition.
final class CounterCell: CounterHandler {
    private let total = Atomic<Int64>(0)

    var value: Double { Double(total.load(ordering: .relaxed)) }

    func increment(by amount: Int64) {
        total.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        total.store(0, ordering: .relaxed)
    }
}

/// A number that goes up and down, and a counter of fractions (seconds of CPU): a double under a lock.
final class GaugeCell: MeterHandler, RecorderHandler, FloatingPointCounterHandler {
    private let number = Mutex<Double>(0)

    var value: Double { number.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { number.withLock { $0 = value } }
    func increment(by amount: Double) { number.withLock { $0 += amount } }
    func decrement(by amount: Double) { number.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func reset() { number.withLock { $0 = 0 } }
}

/// How values are spread: counts per bucket, sum and number of all. A record is a short search and three additions
/// under a lock.
final class HistogramCell: RecorderHandler, TimerHandler {
    struct Snapshot: Equatable {
        /// Counts of the buckets, not yet cumulated; the last is for values above every bound.
        var counts: [UInt64]
        var sum: Double
        var total: UInt64 { counts.reduce(0, +) }
    }

    /// Upper bounds of the buckets, rising; values above the last are counted in `+Inf`.
    let bounds: [Double]
    private let state: Mutex<Snapshot>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    var snapshot: Snapshot { state.withLock { $0 } }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { snapshot in
            snapshot.counts[bucket] += 1
            snapshot.sum += value
        }
    }
}

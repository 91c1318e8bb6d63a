package import Metrics
import Synchronization

/// The metrics of this process, kept in memory and rendered as Prometheus text: swift-metrics' backend.
///
/// A convention replaces configuration: the name says the kind's unit.
///
///     Counter, FloatingPointCounter     counter     name ends in _total
///     Gauge, Meter                      gauge
///     Timer                             histogram   recorded in seconds, name ends in _seconds
///     Recorder                          histogram   _seconds and _bytes have buckets of their own, others are counts
///
/// Labels must be bounded: never an id of a tenant, a job or a calendar. As a belt, a name has at most `series` sets of
/// label values; further ones share a series whose values read `other`.
///
/// Handlers live as long as the process: `destroy` does nothing, because a counter that vanishes looks like a restart.
package final class MetricsRegistry: MetricsFactory {
    enum Cell {
        case counter(CounterCell)
        case floatingCounter(GaugeCell)
        case gauge(GaugeCell)
        case histogram(HistogramCell)
    }

    struct Family {
        /// Label sets in the order of their appearance.
        var series: [[Label]: Cell] = [:]
    }

    struct Label: Hashable {
        var name: String
        var value: String
    }

    private let families = Mutex<[String: Family]>([:])
    private let seriesLimit: Int

    /// `series`: the most label sets of one name.
    package init(series: Int = 200) {
        seriesLimit = series
    }

    /// All families, for rendering.
    var snapshot: [String: Family] { families.withLock { $0 } }

    // MARK: MetricsFactory

    /// A counter; the same name and labels give the same handler.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let cell = cell(label, dimensions) { .counter(CounterCell()) }
        guard case .counter(let counter) = cell else { return CounterCell() }
        return counter
    }

    /// A counter of fractions.
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let cell = cell(label, dimensions) { .floatingCounter(GaugeCell()) }
        guard case .floatingCounter(let counter) = cell else { return GaugeCell() }
        return counter
    }

    /// A gauge.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// A histogram, or a gauge if nothing is to be aggregated (swift-metrics' `Gauge`).
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
    }

    /// A histogram of seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    /// Does nothing, see the type.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing, see the type.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing, see the type.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing, see the type.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing, see the type.
    package func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: Finding a cell

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeCell {
        let cell = cell(label, dimensions) { .gauge(GaugeCell()) }
        guard case .gauge(let gauge) = cell else { return GaugeCell() }
        return gauge
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramCell {
        let bounds = HistogramBuckets.bounds(for: label)
        let cell = cell(label, dimensions) { .histogram(HistogramCell(bounds: bounds)) }
        guard case .histogram(let histogram) = cell else { return HistogramCell(bounds: bounds) }
        return histogram
    }

    /// The cell of a name and its labels. One name has one kind: a second kind under it gets a cell that nobody
    /// renders, rather than a page that Prometheus refuses as a whole.
    private func cell(_ name: String, _ dimensions: [(String, String)], make: () -> Cell) -> Cell {
        let name = PrometheusText.name(name)
        let labels = dimensions.map { Label(name: PrometheusText.labelName($0.0), value: $0.1) }
            .sorted { $0.name < $1.name }
        return families.withLock { families in
            var family = families[name] ?? Family()
            if let known = family.series[labels] { return known }
            let made = make()
            if let other = family.series.first?.value, !other.isSameKind(as: made) { return made }
            let isFull = family.series.count >= seriesLimit && !labels.isEmpty
            let key = isFull ? labels.map { Label(name: $0.name, value: "other") } : labels
            let cell = family.series[key] ?? made
            family.series[key] = cell
            families[name] = family
            return cell
        }
    }
}

extension MetricsRegistry.Cell {
    fileprivate func isSameKind(as other: MetricsRegistry.Cell) -> Bool {
        switch (self, other) {
        case (.counter, .counter), (.floatingCounter, .floatingCounter), (.gauge, .gauge), (.histogram, .histogram):
            true
        default: false
        }
    }
}

/// Bounds of the buckets, by the unit at the end of the name.
enum HistogramBuckets {
    /// A tenth of a millisecond (a job that starts on an idle fleet) to ten minutes (a first sync of a huge calendar).
    static let seconds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
        600,
    ]
    /// 256 bytes to 16 MiB.
    static let bytes: [Double] = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216]
    /// Batches: powers of two.
    static let counts: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

    static func bounds(for name: String) -> [Double] {
        if name.hasSuffix("_seconds") { return seconds }
        return name.hasSuffix("_bytes") ? bytes : counts
    }
}

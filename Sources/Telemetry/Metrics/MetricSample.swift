/// A value that somebody keeps already and that is read when `/metrics` is asked, instead of being counted twice.
package struct MetricSample: Sendable {
    /// Prometheus name.
    package var name: String
    /// One sentence.
    package var help: String
    /// Whether it only grows.
    package var isCounter: Bool
    /// In the base unit that the name ends with.
    package var value: Double
    /// Label names and values; samples of one name follow each other.
    package var labels: [(name: String, value: String)] = []

    /// A value under a common name.
    package init(name: String, help: String, isCounter: Bool, value: Double) {
        self.name = name
        self.help = help
        self.isCounter = isCounter
        self.value = value
    }

    /// A value under one of our names; a counter if the name says so.
    package init(_ metric: FleetMetric, _ value: Double, labels: [(name: String, value: String)] = []) {
        self.init(
            name: metric.rawValue, help: metric.help, isCounter: metric.rawValue.hasSuffix("_total"), value: value)
        self.labels = labels
    }
}

/// Prometheus' text format, version 0.0.4: what `/metrics` answers.
///
///     # HELP outlook_fleet_jobs_claimed_total Jobs claimed under a lease.
///     # TYPE outlook_fleet_jobs_claimed_total counter
///     outlook_fleet_jobs_claimed_total{kind="sync"} 42
package enum PrometheusText {
    /// The content type of that text.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Everything the registry holds, families and series sorted, so that equal states render alike. `extra` are
    /// values read at this moment (see ``MetricSample``).
    package static func render(_ registry: MetricsRegistry, extra: [MetricSample] = []) -> String {
        var text = ""
        var last: String?
        for sample in extra {
            if sample.name != last {
                head(&text, name: sample.name, kind: sample.isCounter ? "counter" : "gauge", help: sample.help)
            }
            last = sample.name
            let labels = sample.labels.map { MetricsRegistry.Label(name: $0.name, value: $0.value) }
            text += "\(sample.name)\(braces(labels)) \(number(sample.value))\n"
        }
        for (name, family) in registry.snapshot.sorted(by: { $0.key < $1.key }) {
            guard let first = family.series.first?.value else { continue }
            head(&text, name: name, kind: kind(of: first), help: FleetMetric(rawValue: name)?.help)
            for (labels, cell) in family.series.sorted(by: { order($0.key) < order($1.key) }) {
                series(&text, name: name, labels: labels, cell: cell)
            }
        }
        return text
    }

    private static func head(_ text: inout String, name: String, kind: String, help: String?) {
        if let help { text += "# HELP \(name) \(help)\n" }
        text += "# TYPE \(name) \(kind)\n"
    }

    private static func series(
        _ text: inout String, name: String, labels: [MetricsRegistry.Label], cell: MetricsRegistry.Cell
    ) {
        switch cell {
        case .counter(let counter): text += "\(name)\(braces(labels)) \(number(counter.value))\n"
        case .floatingCounter(let gauge), .gauge(let gauge): text += "\(name)\(braces(labels)) \(number(gauge.value))\n"
        case .histogram(let histogram):
            let snapshot = histogram.snapshot
            var cumulated: UInt64 = 0
            for (index, count) in snapshot.counts.enumerated() {
                cumulated += count
                let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
                let withBound = labels + [MetricsRegistry.Label(name: "le", value: bound)]
                text += "\(name)_bucket\(braces(withBound)) \(cumulated)\n"
            }
            text += "\(name)_sum\(braces(labels)) \(number(snapshot.sum))\n"
            text += "\(name)_count\(braces(labels)) \(cumulated)\n"
        }
    }

    private static func kind(of cell: MetricsRegistry.Cell) -> String {
        switch cell {
        case .counter, .floatingCounter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    private static func order(_ labels: [MetricsRegistry.Label]) -> String {
        labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }

    private static func braces(_ labels: [MetricsRegistry.Label]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whole numbers without a fraction, as people expect of counters.
    private static func number(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value.isNaN { return "NaN" }
        return value.rounded() == value && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    /// A name of the alphabet `[a-zA-Z0-9_:]`, others become `_` (swift-metrics' names often have dots).
    static func name(_ name: String) -> String { cleaned(name) { $0 == ":" } }

    /// The same without colon.
    static func labelName(_ name: String) -> String { cleaned(name) { _ in false } }

    private static func cleaned(_ name: String, also allowed: (Character) -> Bool) -> String {
        let mapped = name.map { character -> Character in
            let isPlain = character.isASCII && (character.isLetter || character.isNumber || character == "_")
            return isPlain || allowed(character) ? character : "_"
        }
        guard let first = mapped.first else { return "_" }
        return String(first.isNumber ? ["_"] + mapped : mapped)
    }
}

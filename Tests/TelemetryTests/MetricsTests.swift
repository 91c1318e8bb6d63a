// Goal: the page Prometheus reads. Method: a registry of its own per test, through swift-metrics' own front.
import Metrics
import Telemetry
import Testing

@Suite("Metrics")
struct MetricsTests {
    private let registry = MetricsRegistry()

    @Test("a counter has its help, its type and its labels, sorted and escaped")
    func counter() {
        let name = FleetMetric.jobsClaimed.rawValue
        Counter(label: name, dimensions: [("kind", "sync")], factory: registry).increment(by: 41)
        Counter(label: name, dimensions: [("kind", "sync")], factory: registry).increment()
        Counter(label: name, dimensions: [("kind", "a\"b\\c\nd")], factory: registry).increment()
        #expect(
            PrometheusText.render(registry) == """
                # HELP outlook_fleet_jobs_claimed_total Jobs claimed under a lease; label kind.
                # TYPE outlook_fleet_jobs_claimed_total counter
                outlook_fleet_jobs_claimed_total{kind="a\\"b\\\\c\\nd"} 1
                outlook_fleet_jobs_claimed_total{kind="sync"} 42

                """)
    }

    @Test("a timer is a histogram of seconds with cumulated buckets")
    func timer() {
        let timer = Timer(label: "x_seconds", factory: registry)
        timer.recordNanoseconds(50_000)
        timer.recordNanoseconds(2_000_000_000)
        timer.recordNanoseconds(2_000_000_000_000)
        let text = PrometheusText.render(registry)
        #expect(text.contains("# TYPE x_seconds histogram\n"))
        #expect(text.contains("x_seconds_bucket{le=\"0.0001\"} 1\n"))
        #expect(text.contains("x_seconds_bucket{le=\"1\"} 1\n"))
        #expect(text.contains("x_seconds_bucket{le=\"2.5\"} 2\n"))
        #expect(text.contains("x_seconds_bucket{le=\"+Inf\"} 3\nx_seconds_sum 2002.00005\nx_seconds_count 3\n"))
    }

    @Test("samples of one name share their help and type")
    func samples() {
        let samples = [
            MetricSample(.queueJobs, 3, labels: [("state", "ready")]),
            MetricSample(.queueJobs, 1, labels: [("state", "running")]),
        ]
        #expect(
            PrometheusText.render(registry, extra: samples) == """
                # HELP outlook_fleet_queue_jobs \(FleetMetric.queueJobs.help)
                # TYPE outlook_fleet_queue_jobs gauge
                outlook_fleet_queue_jobs{state="ready"} 3
                outlook_fleet_queue_jobs{state="running"} 1

                """)
    }

    @Test("gauges and meters go up and down")
    func gauges() {
        Gauge(label: "a", factory: registry).record(2.5)
        let meter = Meter(label: "b", factory: registry)
        meter.set(3)
        meter.decrement(by: 1.0)
        #expect(PrometheusText.render(registry) == "# TYPE a gauge\na 2.5\n# TYPE b gauge\nb 2\n")
    }

    @Test("a name with too many label sets counts the rest as other")
    func bounded() {
        let registry = MetricsRegistry(series: 2)
        for tenant in 0..<10 {
            Counter(label: "c_total", dimensions: [("tenant", "t\(tenant)")], factory: registry).increment()
        }
        #expect(
            PrometheusText.render(registry)
                == "# TYPE c_total counter\nc_total{tenant=\"other\"} 8\nc_total{tenant=\"t0\"} 1\n"
                + "c_total{tenant=\"t1\"} 1\n")
    }

    @Test("one name has one kind: a second kind under it doesn't spoil the page")
    func oneKind() {
        Counter(label: "d", factory: registry).increment()
        Timer(label: "d", factory: registry).recordNanoseconds(1)
        #expect(PrometheusText.render(registry) == "# TYPE d counter\nd 1\n")
    }

    @Test("names outside the alphabet are mended")
    func names() {
        Counter(label: "hb.requests", dimensions: [("a-b", "x")], factory: registry).increment()
        #expect(PrometheusText.render(registry).contains("hb_requests{a_b=\"x\"} 1"))
    }

    @Test("every metric of the house keeps the naming rules", arguments: FleetMetric.allCases)
    func conventions(metric: FleetMetric) {
        #expect(metric.rawValue.hasPrefix("outlook_fleet_") && !metric.help.isEmpty)
        let endings = [
            "_total", "_seconds", "_bytes", "_in_flight", "_up", "_info", "_ready", "_jobs", "_work", "_connections",
            "_letters", "_held", "_workers", "_length", "_pending",
        ]
        #expect(endings.contains { metric.rawValue.hasSuffix($0) })
    }

    @Test("the process tells its memory, its CPU and its open files")
    func process() {
        let samples = ProcessMetrics.read()
        #expect(
            samples.map(\.name) == ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"])
        #expect(samples.allSatisfy { $0.value > 0 })
        let text = PrometheusText.render(registry, extra: samples)
        #expect(text.contains("# TYPE process_resident_memory_bytes gauge\n"))
    }
}

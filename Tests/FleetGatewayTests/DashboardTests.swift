import FleetCore
import Foundation
import Testing

@testable import FleetGateway

// Goal: what tenants and calendars are called can't do anything on an operator's page, and the charts say what was.
@Suite("Dashboard") struct DashboardTests {
    private let now = Date(timeIntervalSince1970: 1_780_000_000)

    @Test("what is interpolated into markup is text")
    func escaping() {
        let name = "<script>alert('x')</script> & \"co\"\u{0}\u{1B}"
        let html: HTML = "<td title=\"\(name)\">\(name)</td>"
        let safe = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;co&quot;"
        #expect(html.text == "<td title=\"\(safe)\">\(safe)</td>")
        let outer: HTML = "<tr>\(html)\([html, html])\(12)</tr>"
        #expect(outer.text == "<tr>\(html.text)\(html.text)\(html.text)12</tr>")
    }

    @Test("a hostile name stays text in every part", arguments: DashboardPart.allCases)
    func hostileNames(_ part: DashboardPart) {
        let evil = "<img src=x onerror=alert(1)>"
        var frame = DashboardFrame(at: now)
        frame.tenants = [
            .init(id: evil, state: evil, waiting: 1, since: now, until: now, reason: evil, budgetUsed: 0.5)
        ]
        frame.workers = [.init(name: evil, version: evil, running: 1, deadline: now)]
        frame.queue.lists = [(evil, 1)]
        frame.streams = [.init(name: evil, length: 1, groups: [.init(name: evil, pending: 1, behind: .seconds(99))])]
        frame.letters = [
            .init(
                entry: "1-0", at: now, tenant: evil, job: evil, kind: evil, code: evil, message: evil, canRetry: true)
        ]
        frame.changes = [.init(entry: "1-0", at: now, type: evil, connection: evil, title: evil)]
        #expect(!part.html(frame).text.contains("<img"))
        #expect(!DashboardPage.html(frame, namespace: evil, said: evil).text.contains("<img"))
    }

    @Test("the meter counts a second's entries and takes quantiles of the newest")
    func meter() {
        var meter = RateMeter()
        meter.add(.init(entries: 100, newest: [], now: now))
        #expect(meter.samples.isEmpty)
        let newest = (1...20).map { number in
            RateMeter.Ended(
                at: now + 0.5, failed: number.isMultiple(of: 4), milliseconds: Double(number))
        }
        let older = RateMeter.Ended(at: now - 1, failed: true, milliseconds: 9999)
        meter.add(.init(entries: 140, newest: newest + [older], now: now + 2))
        #expect(meter.samples == [RateSample(jobs: 20, failed: 5, median: 11, late: 20)])
        // A stream that was dropped and begun anew is a new mark, not minus many jobs.
        meter.add(.init(entries: 3, newest: [], now: now + 3))
        meter.add(.init(entries: 4, newest: [], now: now + 4))
        #expect(meter.samples.last == RateSample(jobs: 1, failed: 0, median: nil, late: nil))
        for second in 0..<1000 { meter.add(.init(entries: 4, newest: [], now: now + 5 + Double(second))) }
        #expect(meter.samples.count == RateMeter.capacity)
    }

    @Test(
        "an axis ends at the next round number",
        arguments: [(0, 1), (0.7, 1), (3, 5), (50, 50), (51, 100), (1999, 2000)])
    func axis(_ value: Double, _ end: Double) {
        #expect(Chart.round(value) == end)
    }

    @Test("numbers and times are short and read at a glance")
    func words() {
        #expect(Chart.short(1500) == "1.5k" && Chart.short(2_000_000) == "2M" && Chart.short(0.25) == "0.3")
        #expect(DashboardPart.grouped(1_234_567) == "1,234,567" && DashboardPart.grouped(-12) == "-12")
        #expect(Moments.relative(now - 12, to: now) == "12 s ago" && Moments.relative(now + 240, to: now) == "in 4 min")
        #expect(Moments.relative(now, to: now) == "now" && Moments.milliseconds(1234) == "1.2 s")
    }

    @Test("a gap in what was measured is a gap in the line")
    func gaps() {
        let chart = Chart(
            title: "t", format: Chart.short, lines: [.init(style: "all", values: [1, nil, 2, 3])], capacity: 4,
            atLeast: 4)
        let path = chart.svg.text.split(separator: "<path ").last ?? ""
        #expect(path.count { $0 == "M" } == 2)
    }
}

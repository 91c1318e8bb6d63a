import FleetCore
import Foundation
import Graph
import HTTP
import Testing

/// Goal: any `Retry-After` leads to a sane wait. Method: texts, seen and hostile.
@Suite struct RetryAfterTests {
    private let now = RFC3339.date("2026-05-16T10:00:00Z") ?? .distantPast

    @Test(
        "seconds, fractions and nonsense",
        arguments: [
            ("7", .seconds(7)), ("2.128", .milliseconds(2128)), ("0.0001", .milliseconds(1)), ("0", .zero),
            ("-5", .zero), ("600", .seconds(600)), ("999999999999", RetryAfter.cap), ("99999999999999999999999", nil),
            ("nan", nil), ("inf", nil), ("0x10", nil), ("1e9", nil), ("", nil), (".", nil), ("1.2.3", nil),
            ("soon", nil),
            ("７", nil), ("3 ", nil),
        ] as [(String, Duration?)])
    func numbers(text: String, wait: Duration?) {
        #expect(RetryAfter.wait(["retry-after": text], now: now) == wait)
    }

    @Test("absent means not said")
    func absent() {
        #expect(RetryAfter.wait([:], now: now) == nil)
    }

    @Test(
        "a date is read against our clock, and against the answer's own where it has one",
        arguments: [
            ("Sat, 16 May 2026 10:00:30 GMT", nil, .seconds(30)),
            ("Sat, 16 May 2026 09:00:00 GMT", nil, .zero),
            ("Sun, 16 May 2027 10:00:00 GMT", nil, RetryAfter.cap),
            ("Sat, 16 May 2026 08:00:10 GMT", "Sat, 16 May 2026 08:00:00 GMT", .seconds(10)),
            ("Sat, 16 May 2026 25:00:00 GMT", nil, nil), ("Sat, 31 Feb 2026 10:00:00 GMT", nil, nil),
            ("16 May 2026", nil, nil),
        ] as [(String, String?, Duration?)])
    func dates(text: String, date: String?, wait: Duration?) {
        var headers: HTTPHeaders = ["Retry-After": text]
        headers["Date"] = date
        #expect(RetryAfter.wait(headers, now: now) == wait)
    }
}

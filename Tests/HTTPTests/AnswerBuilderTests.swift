import Testing

@testable import HTTP

/// Goal: headers are read right and every cap holds to the byte. Method: bytes in, as libcurl's callbacks bring them.
@Suite struct AnswerBuilderTests {
    private func builder(headers: Int = 1000, body: Int = 100) -> AnswerBuilder {
        AnswerBuilder(maximumHeaderBytes: headers, maximumBodyBytes: body, expectsBody: true)
    }

    private func lines(_ builder: inout AnswerBuilder, _ lines: String...) -> [Bool] {
        lines.map { line in Array((line + "\r\n").utf8).withUnsafeBytes { builder.headerLine($0) } }
    }

    private func body(_ builder: inout AnswerBuilder, _ count: Int) -> Bool {
        [UInt8](repeating: 1, count: count).withUnsafeBytes { builder.bodyBytes($0) }
    }

    @Test("fields are trimmed, kept in order, and found without case")
    func fields() {
        var builder = builder()
        _ = lines(&builder, "HTTP/1.1 200 OK", "Retry-After:  7 \t", "x-a: 1", "X-A: 2", "X-Empty:", "no colon", "")
        #expect(builder.headers["retry-AFTER"] == "7")
        #expect(builder.headers.all("X-a") == ["1", "2"])
        #expect(builder.headers["x-empty"] == "")
        #expect(builder.headers.count == 4)
    }

    @Test("a folded line is no field of its own")
    func folding() {
        var builder = builder()
        _ = lines(&builder, "HTTP/1.1 200 OK", "X-Long: a", "  X-Smuggled: b", "")
        #expect(builder.headers["X-Smuggled"] == nil)
    }

    @Test("interim answers leave nothing behind, trailers add nothing")
    func interimAndTrailers() {
        var builder = builder()
        _ = lines(&builder, "HTTP/1.1 103 Early Hints", "X-Early: 1", "", "HTTP/1.1 200 OK", "X-Late: 1", "")
        #expect(body(&builder, 3))
        _ = lines(&builder, "X-Late: 2", "X-Trailer: 1", "")
        #expect(builder.headers.all("X-Late") == ["1"])
        #expect(builder.headers["X-Early"] == nil)
        #expect(builder.headers["X-Trailer"] == nil)
    }

    @Test("header bytes are counted over interim answers, and the cap holds to the byte")
    func headerCap() {
        let line = "HTTP/1.1 103 A"
        var exact = builder(headers: 32)
        #expect(lines(&exact, line, line) == [true, true])
        var over = builder(headers: 31)
        #expect(lines(&over, line, line) == [true, false])
        #expect(over.failure?.kind == .tooLarge)
        #expect(over.failure?.requestMayHaveBeenExecuted == true)
    }

    @Test("the body's cap holds to the byte, and what was read is dropped")
    func bodyCap() {
        var builder = builder(body: 100)
        #expect(body(&builder, 60))
        #expect(body(&builder, 40))
        #expect(!body(&builder, 1))
        #expect(builder.body.isEmpty)
        #expect(builder.failure?.kind == .tooLarge)
    }

    /// Keeps every tenth byte.
    private struct Tenth: BodyFilter {
        var seen = 0

        mutating func keep(_ slice: UnsafeRawBufferPointer, in body: inout [UInt8]) {
            for byte in slice {
                if seen % 10 == 0 { body.append(byte) }
                seen += 1
            }
        }
    }

    @Test("a filter bounds what is held, and what comes in has a bound of its own, both to the byte")
    func filtering() {
        func builder(received: Int) -> AnswerBuilder {
            AnswerBuilder(
                maximumHeaderBytes: 1000, maximumBodyBytes: 10, expectsBody: true,
                filtering: HTTPRequest.Filtering(Tenth(), maximumReceivedBytes: received))
        }
        var fits = builder(received: 100)
        #expect(lines(&fits, "HTTP/1.1 200 OK", "Content-Length: 100", "").last == true)
        #expect(body(&fits, 55) && body(&fits, 45) && fits.body.count == 10)
        #expect(!body(&fits, 1) && fits.body.isEmpty && fits.failure?.kind == .tooLarge)
        var held = builder(received: 1000)
        #expect(body(&held, 100) && !body(&held, 1) && held.failure?.kind == .tooLarge)
        var announced = builder(received: 100)
        #expect(lines(&announced, "HTTP/1.1 200 OK", "Content-Length: 101", "").last == false)
    }

    @Test(
        "a Content-Length over the cap ends it before a byte of the body", arguments: [("100", true), ("101", false)])
    func announced(length: String, passes: Bool) {
        var builder = builder(body: 100)
        #expect(lines(&builder, "HTTP/1.1 200 OK", "Content-Length: \(length)", "").last == passes)
    }

    @Test("a compressed answer's Content-Length says nothing about the body", arguments: ["gzip", "x"])
    func compressed(encoding: String) {
        var builder = builder(body: 10)
        let passed = lines(&builder, "HTTP/1.1 200 OK", "Content-Length: 99", "Content-Encoding: \(encoding)", "")
        #expect(passed.last == true)
    }
}

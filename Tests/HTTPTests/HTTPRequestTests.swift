import Testing

@testable import HTTP

/// Goal: nothing reaches libcurl that it would read otherwise than we do. Method: the pure checks before it.
@Suite struct HTTPRequestTests {
    @Test(
        "URLs that could mean something else are refused",
        arguments: [
            "", "graph.microsoft.com/v1.0", "ftp://host/", "file:///etc/passwd", "HTTPS://host/", "https://",
            "https:///path", "https://user:secret@host/", "https://host/a b", "https://host/\r\nX: y", "https://höst/",
            "https://host\\@evil/", "https://host/\u{0}",
        ])
    func badURLs(url: String) {
        #expect(throws: HTTPError.self) { try Origin(of: url) }
    }

    @Test("a URL may have 16 KiB")
    func longURL() throws {
        let base = "https://host/"
        let fits = base + String(repeating: "a", count: (16 << 10) - base.count)
        _ = try Origin(of: fits)
        #expect(throws: HTTPError.self) { try Origin(of: fits + "a") }
    }

    @Test(
        "an origin is scheme, host and port",
        arguments: [
            ("https://Graph.Microsoft.com/v1.0?x=@", true, "graph.microsoft.com"),
            ("http://127.0.0.1:8080", false, "127.0.0.1:8080"), ("http://[::1]:8080/a", false, "[::1]:8080"),
        ])
    func origins(url: String, secure: Bool, authority: String) throws {
        let origin = try Origin(of: url)
        #expect(origin.isSecure == secure)
        #expect(origin.authority == authority)
    }

    @Test(
        "headers that would change the request's framing or break out of their line are refused",
        arguments: [
            ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "\u{0}"), ("", "a"), ("X Y", "a"), ("X:", "a"), ("Host", "evil"),
            ("content-length", "1"), ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Ü", "a"),
        ])
    func badHeaders(name: String, value: String) {
        let request = HTTPRequest(.get, "https://host/", headers: [name: value])
        #expect(throws: HTTPError.self) { try request.validateHeaders() }
    }

    @Test("ordinary headers pass, tabs and bytes beyond ASCII included")
    func goodHeaders() throws {
        let headers: HTTPHeaders = [
            "Authorization": "Bearer a.b-c", "Prefer": "IdType=\"ImmutableId\"", "X-Tab": "a\tb", "X-Text": "grün",
        ]
        try HTTPRequest(.get, "https://host/", headers: headers).validateHeaders()
    }

    @Test("headers may have 64 KiB together")
    func manyHeaders() {
        let request = HTTPRequest(.get, "https://host/", headers: ["X": String(repeating: "a", count: 64 << 10)])
        #expect(throws: HTTPError.self) { try request.validateHeaders() }
    }

    @Test("setting a header replaces all of that name")
    func replacing() {
        var headers: HTTPHeaders = ["A": "1", "a": "2", "B": "3"]
        headers["A"] = "4"
        #expect(headers.all("a") == ["4"])
        headers["a"] = nil
        #expect(headers.count == 1)
    }

    @Test("milliseconds for libcurl are rounded up and never 0, its \"no limit\"")
    func milliseconds() {
        #expect(Duration.zero.curlMilliseconds == 1)
        #expect(Duration.microseconds(1001).curlMilliseconds == 2)
        #expect(Duration.seconds(15).curlMilliseconds == 15_000)
        #expect(Duration.seconds(-5).curlMilliseconds == 1)
        #expect(Duration.seconds(1 << 50).curlMilliseconds == Int(Int32.max))
    }

    @Test("an error's text never holds its detail, only its reflection does")
    func texts() {
        let error = HTTPError(.tls, mayHaveBeenExecuted: false, reason: "bad certificate", detail: "host.example")
        #expect(error.description == "TLS failed (bad certificate)")
        #expect(String(reflecting: error).contains("host.example"))
        #expect(String(reflecting: error).contains("was not executed"))
    }
}

import Graph
import Testing

/// Goal: a token goes to the configured host and nowhere else. Method: URLs that look alike.
@Suite struct GraphEndpointTests {
    private func endpoint(_ url: String = "https://graph.microsoft.com/v1.0") throws -> GraphEndpoint {
        try GraphEndpoint(graphURL: url, loginURL: "https://login.microsoftonline.com/")
    }

    @Test(
        "links to the configured scheme, host and port are followed",
        arguments: [
            "https://graph.microsoft.com/v1.0/me/calendarView/delta?$skiptoken=a.b-c_d",
            "https://graph.microsoft.com:443/v1.0/x", "https://GRAPH.microsoft.com/beta", "https://graph.microsoft.com",
        ])
    func ownLinks(link: String) throws {
        #expect(try endpoint().admits(link))
    }

    @Test(
        "links to anything else are refused",
        arguments: [
            "", "/v1.0/me", "//graph.microsoft.com/x", "http://graph.microsoft.com/v1.0",
            "https://graph.microsoft.com:444/x", "https://graph.microsoft.us/x",
            "https://graph.microsoft.com.evil.example/",
            "https://evil.example/graph.microsoft.com", "https://graph.microsoft.com@evil.example/",
            "https://graph.microsoft.com:443@evil.example/", "https://evil.example\\@graph.microsoft.com/",
            "https://graph.microsoft.com\\.evil.example/", "https://evil.example#@graph.microsoft.com/",
            "https://evil.example?https://graph.microsoft.com/", "HTTPS://graph.microsoft.com/",
            "https:graph.microsoft.com",
            "https://graph.microsoft.com /x", " https://graph.microsoft.com/x", "https://graph.microsoft.com/\r\nX: y",
            "https://graph.microsoft.com\t/x", "https://graph.microsoft.com/\u{0}",
            "https://graph.microsoft.com%2eevil.com/",
            "https://graph.microsoft.com:/x", "https://graph.microsoft.com:0443x/",
            "https://graph.microsoft.com:99999/",
            "ftp://graph.microsoft.com/", "file:///etc/passwd", "https://grаph.microsoft.com/",
            "https://graph.microsoft.com.", "https://[::1]/", "javascript:alert(1)",
        ])
    func foreignLinks(link: String) throws {
        #expect(try !endpoint().admits(link))
    }

    @Test("a link as long as a web server would refuse is refused")
    func longLinks() throws {
        #expect(try !endpoint().admits("https://graph.microsoft.com/" + String(repeating: "a", count: 20_000)))
    }

    @Test(
        "plain http is for loopback only",
        arguments: [
            ("http://127.0.0.1:8080/v1.0", true), ("http://localhost:1/v1.0", true), ("http://[::1]:8080/v1.0", true),
            ("http://127.9.9.9/v1.0", true), ("http://graph.microsoft.com/v1.0", false), ("http://10.0.0.1/", false),
            ("http://127.0.0.1.evil.example/", false), ("http://localhost.evil.example/", false),
            ("http://[::2]/", false),
            ("http://0.0.0.0/", false), ("https://10.0.0.1/v1.0", true),
        ])
    func plainHTTP(url: String, isFit: Bool) {
        #expect(((try? endpoint(url)) != nil) == isFit)
        #expect(((try? GraphEndpoint(graphURL: "https://g.example", loginURL: url)) != nil) == isFit)
    }

    @Test(
        "a URL that is none is refused with what to do",
        arguments: [
            "", "graph.microsoft.com", "https://", "https://a@b/", "https://host/?x=1", "https://host/#x", "ftp://a/",
        ])
    func notURLs(url: String) {
        let refusal = #expect(throws: GraphEndpoint.Refusal.self) { try endpoint(url) }
        #expect(refusal?.description.contains("URL") == true)
    }

    @Test("slashes at the end make no difference, and the scope names the cloud")
    func normalised() throws {
        #expect(try endpoint("https://graph.microsoft.us/v1.0//").graphURL == "https://graph.microsoft.us/v1.0")
        #expect(try endpoint().loginURL == "https://login.microsoftonline.com")
        #expect(try endpoint("https://graph.microsoft.us/v1.0").defaultScope == "https://graph.microsoft.us/.default")
        #expect(try endpoint("http://127.0.0.1:9/v1.0").defaultScope == "https://graph.microsoft.com/.default")
    }
}

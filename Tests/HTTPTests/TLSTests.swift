import HTTP
import TestSupport
import Testing

/// Goal: nothing is said to a server that can't prove who it is. Method: real TLS with authorities made for the test.
@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    /// One server for localhost, one whose certificate is for another name, one authority that signed neither.
    private static let localhost = Shared { try await TLSServer(["DNS:localhost", "IP:127.0.0.1"]) }
    private static let elsewhere = Shared { try await TLSServer(["DNS:graph.example"]) }
    private static let other = Shared { try await TestCertificates() }

    private struct TLSServer: Sendable {
        let certificates: TestCertificates
        let server: RoughServer

        init(_ names: [String]) async throws {
            certificates = try await TestCertificates(names: names)
            server = try await RoughServer.start(certificates: certificates)
        }
    }

    private func refusal(
        by server: RoughServer, trusting authority: String?, at host: String = "localhost"
    ) async throws -> HTTPError? {
        let url = server.base.replacing("localhost", with: host) + "/x"
        return try await withClient {
            $0.certificateAuthorityFile = authority
        } _: { client in
            await client.failure(HTTPRequest(.post, url, headers: ["Authorization": "Bearer secret"]))
        }
    }

    @Test("the right authority and the right name: it is answered", arguments: ["localhost", "127.0.0.1"])
    func trusted(host: String) async throws {
        let tls = try await Self.localhost.value()
        #expect(try await refusal(by: tls.server, trusting: tls.certificates.authority, at: host) == nil)
    }

    @Test("another authority: refused, not carried out")
    func otherAuthority() async throws {
        let other = try await Self.other.value()
        let error = try await refusal(by: try await Self.localhost.value().server, trusting: other.authority)
        #expect(error?.kind == .tls && error?.requestMayHaveBeenExecuted == false)
    }

    @Test("the system's authorities don't know ours: refused")
    func systemAuthorities() async throws {
        #expect(try await refusal(by: try await Self.localhost.value().server, trusting: nil)?.kind == .tls)
    }

    @Test("another name in the certificate: refused, not carried out")
    func otherName() async throws {
        let tls = try await Self.elsewhere.value()
        let error = try await refusal(by: tls.server, trusting: tls.certificates.authority)
        #expect(error?.kind == .tls && error?.requestMayHaveBeenExecuted == false)
    }

    @Test("a file that holds no authority: refused, with a kind that says where to look")
    func noAuthorityFile() async throws {
        let server = try await Self.localhost.value().server
        #expect(try await refusal(by: server, trusting: "/nowhere/ca.pem")?.kind == .tls)
    }

    @Test("a server that speaks plain http never gets a request over https, and one that speaks TLS gives no answer")
    func wrongScheme() async throws {
        let plain = try await RoughServer.shared()
        let secure = try await Self.localhost.value().server
        try await withClient {
            $0.connectTimeout = .milliseconds(300)
        } _: { client in
            let toPlain = plain.base.replacing("http:", with: "https:")
            let error = await client.failure(HTTPRequest(.get, toPlain))
            #expect(error?.kind == .connectFailed && error?.requestMayHaveBeenExecuted == false)
            let kind = await client.failure(HTTPRequest(.get, secure.base.replacing("https:", with: "http:")))?.kind
            #expect(kind == .malformed || kind == .connectionLost)
        }
    }
}

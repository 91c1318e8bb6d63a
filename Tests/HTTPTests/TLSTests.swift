import HTTP
import TestSupport
import Testing

/// Goal: nothing is said to a server that can't prove who it is. Method: real TLS with authorities made for the test.
@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    private func refusal(
        of certificates: TestCertificates, trusting authority: String?, at host: String = "localhost"
    ) async throws -> HTTPError? {
        let server = try await RoughServer.start(certificates: certificates)
        let url = server.base.replacing("localhost", with: host) + "/x"
        return try await withClient {
            $0.certificateAuthorityFile = authority
        } _: { client in
            await client.failure(HTTPRequest(.post, url, headers: ["Authorization": "Bearer secret"]))
        }
    }

    @Test("the right authority and the right name: it is answered", arguments: ["localhost", "127.0.0.1"])
    func trusted(host: String) async throws {
        let certificates = try await TestCertificates()
        #expect(try await refusal(of: certificates, trusting: certificates.authority, at: host) == nil)
    }

    @Test("another authority: refused, not carried out")
    func otherAuthority() async throws {
        let other = try await TestCertificates()
        let error = try await refusal(of: try await TestCertificates(), trusting: other.authority)
        #expect(error?.kind == .tls && error?.requestMayHaveBeenExecuted == false)
    }

    @Test("the system's authorities don't know ours: refused")
    func systemAuthorities() async throws {
        #expect(try await refusal(of: try await TestCertificates(), trusting: nil)?.kind == .tls)
    }

    @Test("another name in the certificate: refused, not carried out")
    func otherName() async throws {
        let certificates = try await TestCertificates(names: ["DNS:graph.example"])
        let error = try await refusal(of: certificates, trusting: certificates.authority)
        #expect(error?.kind == .tls && error?.requestMayHaveBeenExecuted == false)
    }

    @Test("a file that holds no authority: refused, with a kind that says where to look")
    func noAuthorityFile() async throws {
        #expect(try await refusal(of: try await TestCertificates(), trusting: "/nowhere/ca.pem")?.kind == .tls)
    }

    @Test("a server that speaks plain http never gets a request over https, and one that speaks TLS gives no answer")
    func wrongScheme() async throws {
        let plain = try await RoughServer.shared()
        let secure = try await RoughServer.start(certificates: try await TestCertificates())
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

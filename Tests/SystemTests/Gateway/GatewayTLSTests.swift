// Goal: with a certificate the gateway speaks https and nothing else; with a wrong one it doesn't start, and says why.
// Method: real certificates, and curl, which checks them.

import Foundation
import TestSupport
import Testing

@Suite("Gateway: TLS")
struct GatewayTLSTests {
    @Test("https answers with the certificate, its consents name https, and plain http gets nothing")
    func serves() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            let files = try await TestCertificates()
            let authority = files.authority
            let gateway = try await GatewayProgram.launch(
                fleet, ["--tls-certificate-file", files.certificate, "--tls-key-file", files.key])
            defer { gateway.signal(SIGKILL) }
            func curl(_ arguments: String...) async throws -> String {
                try await runProgram("curl", ["-sS", "--max-time", "20"] + arguments, within: .seconds(30))
            }
            let base = "https://127.0.0.1:\(gateway.port)"
            let auth = "Authorization: Bearer \(GatewayProgram.acmeKey)"
            #expect(try await curl("--cacert", authority, "\(base)/livez") == "alive")
            #expect(
                try await curl("--cacert", authority, "--tlsv1.2", "--tls-max", "1.2", "\(base)/livez") == "alive")
            let location = try await curl(
                "--cacert", authority, "-o", "/dev/null", "-w", "%{redirect_url}", "-H", auth,
                "\(base)/calendars/outlook/authorize?resource_id=room-1")
            let back = URLComponents(string: location)?.queryItems?.first { $0.name == "redirect_uri" }?.value
            #expect(back == "\(base)/calendars/outlook/callback")
            // Nobody's word is taken for the certificate, and no secret goes over the wire in the clear.
            await #expect(throws: (any Error).self) { try await curl("\(base)/livez") }
            await #expect(throws: (any Error).self) { try await curl("http://127.0.0.1:\(gateway.port)/livez") }
            gateway.signal(SIGTERM)
            #expect(try await gateway.waitForExit() == .code(0))
        }
    }

    @Test("a certificate without its key, and files that hold none, keep it from starting: 64 and 78")
    func refuses() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            let files = try await TestCertificates()
            let (certificate, key) = (files.certificate, files.key)
            let empty = fleet.directory.file("empty.pem")
            try writeFile(empty, "nothing\n")
            for (flags, code, words) in [
                (["--tls-certificate-file", certificate], Int32(64), "belong together"),
                (["--tls-certificate-file", empty, "--tls-key-file", key], 78, "no PEM certificate"),
                (["--tls-certificate-file", certificate, "--tls-key-file", empty], 78, "no PEM certificate"),
                (["--tls-certificate-file", "/nowhere", "--tls-key-file", key], 78, "no PEM certificate"),
            ] {
                let child = try ChildProcess(
                    Executables.fleet, ["gateway"] + (try GatewayProgram.arguments(fleet, flags)))
                #expect(try await child.waitForExit() == .code(code), "\(flags)")
                #expect(child.transcript.contains(words), "\(child.transcript)")
            }
        }
    }
}

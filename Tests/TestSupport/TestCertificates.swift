/// A certificate authority made for one test, with a server and a client certificate. P-256, valid for two days; made
/// by the `openssl` program in about 50 ms.
package struct TestCertificates: Sendable {
    private let directory: TemporaryDirectory
    /// PEM file of the authority.
    package var authority: String { directory.file("ca.crt") }
    /// PEM file of the server's certificate.
    package var certificate: String { directory.file("server.crt") }
    /// PEM file of the server's key.
    package var key: String { directory.file("server.key") }
    /// PEM file of a client's certificate.
    package var clientCertificate: String { directory.file("client.crt") }
    /// PEM file of the client's key.
    package var clientKey: String { directory.file("client.key") }

    /// Makes them; the server's certificate is for `names` (subject alternative names as openssl writes them).
    package init(names: [String] = ["DNS:localhost", "IP:127.0.0.1"]) async throws {
        directory = try TemporaryDirectory()
        try await makeAuthority()
        try await make("server", names: names)
        try await make("client", names: ["DNS:client"])
    }

    private func makeAuthority() async throws {
        try await runProgram(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=Outlook Fleet test authority", "-keyout", directory.file("ca.key"), "-out", authority,
            ])
    }

    private func make(_ name: String, names: [String]) async throws {
        let request = directory.file("\(name).csr")
        let extensions = directory.file("\(name).ext")
        try writeFile(extensions, "subjectAltName=\(names.joined(separator: ","))\n")
        try await runProgram(
            "openssl",
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=\(name)", "-keyout", directory.file("\(name).key"), "-out", request,
            ])
        try await runProgram(
            "openssl",
            [
                "x509", "-req", "-in", request, "-CA", authority, "-CAkey", directory.file("ca.key"),
                "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", directory.file("\(name).crt"),
            ])
    }
}

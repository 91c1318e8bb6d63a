// Goal: a fleet on a Redis as it should be run: TLS with client certificates, users with their rights, passwords in
// files. Method: deploy/redis/users.acl as make-users fills it in, a real redis-server, every program as its user.

import Foundation
import TestSupport
import Testing

@Suite("A secured Redis")
struct SecuredRedisTests {
    @Test("worker, producer, consumer and operator work over rediss:// with client certificates and password files")
    func everything() async throws {
        let certificates = try await TestCertificates()
        let users = try await Users.make()
        let lines = try users.lines
        let server = try await RedisServer.start {
            $0.certificates = certificates
            $0.clientCertificatesRequired = true
            $0.users = lines
        }
        func flags(_ user: String) -> [String] {
            let files = [
                "cacert=\(certificates.authority)", "cert=\(certificates.clientCertificate)",
                "key=\(certificates.clientKey)",
            ]
            return [
                "--redis", "rediss://\(user):@localhost:\(server.tlsPort ?? 0)/0?\(files.joined(separator: "&"))",
                "--redis-password-file", users.password(user),
            ]
        }
        try await Fleet.run(.init(workers: 0)) { fleet in
            var arguments = fleet.workerArguments()
            arguments.removeFirst(2)
            let worker = try await Worker.start(flags("worker") + arguments)
            defer { worker.signal(SIGKILL) }
            let link = try fleet.link()
            let done = try await CommandOutcome.run(
                ["enqueue", "-", "--wait", "30s"] + flags("producer"), input: link.payload.text)
            #expect(done.code == 0 && done.output.contains("connect.succeeded"), "\(done)")
            let read = try await CommandOutcome.run(["results"] + flags("consumer"))
            #expect(read.code == 0 && read.output.contains("connect.succeeded"), "\(read)")
            let status = try await CommandOutcome.run(["status"] + flags("operator"))
            #expect(status.code == 0, "\(status)")
            // What isn't its right is said as such, not as an outage.
            let foreign = try await CommandOutcome.run(["status"] + flags("consumer"))
            #expect(foreign.code != 0 && foreign.error.contains("NOPERM"), "\(foreign)")
        }
    }

    @Test("a wrong password, no certificate and a stranger's authority are refused, with the reason")
    func refused() async throws {
        let certificates = try await TestCertificates()
        let strangers = try await TestCertificates()
        let users = try await Users.make()
        let lines = try users.lines
        let server = try await RedisServer.start {
            $0.certificates = certificates
            $0.users = lines
        }
        let url = "rediss://operator:@localhost:\(server.tlsPort ?? 0)/0?cacert="
        func status(_ url: String, _ password: String) async throws -> CommandOutcome {
            try await CommandOutcome.run(["status", "--redis", url, "--redis-password-file", users.password(password)])
        }
        #expect(try await status(url + certificates.authority, "operator").code == 0)
        let wrong = try await status(url + certificates.authority, "worker")
        #expect(wrong.code == 78 || wrong.code == 69, "\(wrong)")
        #expect(wrong.error.contains("password"), "\(wrong)")
        let strange = try await status(url + strangers.authority, "operator")
        #expect(strange.code == 78 && strange.error.contains("certificate"), "\(strange)")
        let password = try String(contentsOfFile: users.password("operator"), encoding: .utf8)
        for outcome in [wrong, strange] { #expect(!outcome.error.contains(password.prefix(20))) }
        // A file that isn't there, one that is empty, and two passwords at once.
        let missing = try await CommandOutcome.run(
            ["status", "--redis", url + certificates.authority, "--redis-password-file", "/no/such/password"])
        #expect(missing.code == 78 && missing.error.contains("/no/such/password"), "\(missing)")
        let empty = try await CommandOutcome.run(
            ["status", "--redis", url + certificates.authority, "--redis-password-file", "/dev/null"])
        #expect(empty.code == 78 && empty.error.contains("is empty"), "\(empty)")
        let both = try await status("redis://operator:x@localhost:1/0", "operator")
        #expect(both.code == 64 && both.error.contains("beside --redis-password-file"), "\(both)")
    }
}

/// What deploy/redis/make-users makes.
private struct Users {
    let folder: TemporaryDirectory

    static func make() async throws -> Users {
        let folder = try TemporaryDirectory()
        let script =
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy/redis/make-users").path()
        try await runProgram(script, [folder.file("users")])
        return Users(folder: folder)
    }

    func password(_ user: String) -> String { folder.file("users/\(user).password") }

    /// As redis.conf takes them.
    var lines: [String] {
        get throws {
            try String(contentsOfFile: folder.file("users/users.acl"), encoding: .utf8).split(separator: "\n")
                .map { String($0.dropFirst("user ".count)) }
        }
    }
}

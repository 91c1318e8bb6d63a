// Goal: what a person pastes from scripts/examples works. Method: each example beside a fleet, as its head says.

import Foundation
import TestSupport
import Testing

@Suite("Examples")
struct ExampleTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "scripts/examples").path()

    /// What an example prints; it must end with 0.
    private static func run(_ program: String, _ arguments: [String], _ environment: [String: String]) async throws
        -> String
    {
        let child = try ChildProcess(program, arguments, environment: environment)
        let exit = try await child.waitForExit(within: .seconds(60))
        #expect(exit == .code(0), "\(child.transcript)")
        return child.lines(.standardOutput).joined(separator: "\n")
    }

    @Test("the one for redis-cli pushes a job and reads its result")
    func redisCLI() async throws {
        try await Fleet.run { fleet in
            try await fleet.link().connect()
            let environment = ["REDIS_PORT": String(try #require(fleet.redis.port))]
            let script = Self.folder + "/redis-cli.sh"
            try fleet.probe.call("XGROUP", "CREATE", fleet.key("results"), "example", "$", "MKSTREAM")
            let id = try await Self.run("bash", [script, "produce", "room-1"], environment)
            let read = try await Self.run("bash", [script, "consume", "1"], environment)
            #expect(read.contains(id) && read.contains("sync.succeeded"), "\(read)")
        }
    }

    @Test("the one for Python pushes a job and prints its result")
    func python() async throws {
        try await Fleet.run { fleet in
            try await fleet.link().connect()
            let url = "redis://127.0.0.1:\(try #require(fleet.redis.port))/0"
            let printed = try await Self.run(
                "python3", [Self.folder + "/python.py", "room-1"], ["REDIS_URL": url])
            #expect(printed.contains("sync.succeeded"), "\(printed)")
        }
    }
}

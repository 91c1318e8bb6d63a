// Goal: what a person pastes from scripts/examples and from README works. Method: each beside a fleet, as its head
// says; README's lines as they stand there, but for the address and the token.

import Foundation
import TestSupport
import Testing

@Suite("Examples")
struct ExampleTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = root.appending(path: "scripts/examples").path()

    /// What an example prints; it must end with 0.
    private static func run(
        _ program: String, _ arguments: [String], _ environment: [String: String], within limit: Duration = .seconds(60)
    ) async throws -> String {
        let child = try ChildProcess(program, arguments, environment: environment)
        let exit = try await child.waitForExit(within: limit)
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

    @Test("the one for Swift compiles without a package, makes a job over the gateway and prints what blocks")
    func swift() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways { gateways in
                let link = try fleet.link()
                try link.mailbox.create(GraphEvent.timed("Review", fleet.day(2, hour: 9)))
                try await link.connect()
                let program = fleet.directory.file("example")
                _ = try await Self.run(
                    "swiftc", ["-o", program, Self.folder + "/Gateway.swift"], [:], within: .seconds(240))
                let printed = try await Self.run(
                    program, ["room-1"],
                    ["GATEWAY": "http://127.0.0.1:\(gateways[0].port)", "KEY": GatewayProgram.acmeKey])
                #expect(
                    printed.contains("200 {\"message\":\"Outlook Calendar synchronized successfully.\""), "\(printed)")
                #expect(printed.contains("\"busy\":[{\"start_time\":"), "\(printed)")
            }
        }
    }

    /// The blocks of code below a heading of README.
    private static func blocks(below heading: String) throws -> [String] {
        let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix(heading) })
        return section.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map {
            $0.element.drop { $0 != "\n" }.trimmingCharacters(in: .newlines)
        }
    }

    @Test("README's lines for the gateway work as they are pasted: keys, the gateway itself, and a curl for each call")
    func readme() async throws {
        try await Fleet.run { fleet in
            let place = fleet.directory.file("pasted")
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            for name in ["sealing.keys", "client.secret"] {
                try FileManager.default.copyItem(atPath: fleet.directory.file(name), toPath: "\(place)/\(name)")
            }
            // Says each call's status beside its answer.
            try writeFile(
                "\(place)/curl", "#!/bin/sh\nexec /usr/bin/curl -sS -w '%{stderr}HTTP %{http_code}\\n' \"$@\"\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(place)/curl")
            let programs = URL(filePath: Executables.fleet).deletingLastPathComponent().path()
            let environment = [
                "PATH": "\(place):\(programs):\(ProcessInfo.processInfo.environment["PATH"] ?? "")",
                "OUTLOOK_FLEET_REDIS": fleet.redis.unixURL, "OUTLOOK_FLEET_LISTEN": "127.0.0.1:0",
                "OUTLOOK_FLEET_METRICS_LISTEN": "off", "OUTLOOK_FLEET_GRAPH_URL": fleet.simulator.graphURL,
                "OUTLOOK_FLEET_LOGIN_URL": fleet.simulator.loginURL,
            ]
            let blocks = try Self.blocks(below: "Over HTTP")
            let (setup, calls) = (try #require(blocks.first), try #require(blocks.dropFirst().first))
            let started = setup.replacing("\noutlook-fleet gateway", with: "\nexec outlook-fleet gateway")
            #expect(started != setup)
            let gateway = try ChildProcess("bash", ["-c", "cd \(place)\n\(started)"], environment: environment)
            defer { gateway.signal(SIGKILL) }
            let line = try await gateway.line(containing: "gateway listens", in: .standardError)
            let endpoint = try #require(JSON(text: line)?["endpoint"].string)

            let token = try fleet.link().mailbox.consent().accessToken
            fleet.keepSecret(token)
            let pasted = calls.replacing("http://127.0.0.1:8080", with: "http://\(endpoint)")
                .replacing("eyJ...", with: token)
            let child = try ChildProcess("bash", ["-c", "cd \(place)\n\(pasted)"], environment: environment)
            #expect(try await child.waitForExit(within: .seconds(60)) == .code(0), "\(child.transcript)")
            let statuses = child.lines(.standardError).filter { $0.hasPrefix("HTTP") }
            let count = pasted.components(separatedBy: "curl ").count - 1
            #expect(statuses.count == count - 1 && statuses.allSatisfy { $0 == "HTTP 200" }, "\(child.transcript)")
            let said = child.lines(.standardOutput).joined(separator: "\n")
            for words in [
                "connected successfully", "synchronized successfully", "disconnected successfully", "\"events\":[",
                "\"busy\":[", "\"type\":\"connect.succeeded\"", "/oauth2/v2.0/authorize?",
            ] { #expect(said.contains(words), "\(words) in: \(said)") }
            try fleet.expectNoSecretAnywhere()
        }
    }
}

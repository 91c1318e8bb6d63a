// A real `outlook-fleet gateway` of a fleet, asked as a product would.

import Foundation
import TestSupport

final class GatewayProgram: Sendable {
    static let acmeKey = "acme-key-0123456789-abcdef"
    static let linguaKey = "lingua-key-0123456789-abcdef"
    static let operatorKey = "operator-key-never-to-be-seen"

    private let process: ChildProcess
    let http: LoopbackHTTP

    /// Starts one and waits until it takes requests.
    static func start(
        _ fleet: Fleet, _ flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> GatewayProgram {
        let gateway = try await launch(fleet, flags, environment: environment)
        try await eventually("the gateway is ready") { try gateway.http.request("GET", "/readyz").status == 200 }
        return gateway
    }

    /// Starts one and waits until it listens, ready or not.
    static func launch(
        _ fleet: Fleet, _ flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> GatewayProgram {
        let process = try ChildProcess(
            Executables.fleet, ["gateway"] + (try arguments(fleet, flags)),
            environment: fleet.clockEnvironment.merging(environment) { $1 })
        let line = try await process.line(containing: "gateway listens", in: .standardError)
        let endpoint = JSON(text: line)?["endpoint"].string ?? ""
        guard let port = endpoint.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw TestSupportError("no port in: \(line)")
        }
        return GatewayProgram(process, port: port)
    }

    /// All its flags; one that is given wins over ours.
    static func arguments(_ fleet: Fleet, _ given: [String]) throws -> [String] {
        let keys = fleet.directory.file("tenant.keys")
        let operatorFile = fleet.directory.file("operator.key")
        try writeFile(keys, "acme:\(acmeKey)\nlingua:\(linguaKey)\n")
        try writeFile(operatorFile, operatorKey + "\n")
        var flags = [
            "--listen": "127.0.0.1:0", "--metrics-listen": "off", "--tenant-keys-file": keys,
            "--operator-key-file": operatorFile, "--sealing-keys-file": fleet.keysFile,
            "--graph-url": fleet.simulatorProcess?.graphURL ?? "http://127.0.0.1:1/v1.0",
            "--login-url": fleet.simulatorProcess?.loginURL ?? "http://127.0.0.1:1",
            "--client-id": Simulator.clientID, "--client-secret-file": fleet.directory.file("client.secret"),
        ]
        for index in stride(from: 0, to: fleet.redisFlags.count - 1, by: 2) {
            flags[fleet.redisFlags[index]] = fleet.redisFlags[index + 1]
        }
        for index in stride(from: 0, to: given.count - 1, by: 2) { flags[given[index]] = given[index + 1] }
        return flags.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    }

    private init(_ process: ChildProcess, port: Int) {
        self.process = process
        http = LoopbackHTTP(port: port)
    }

    var log: String { process.lines(.standardError).joined(separator: "\n") }
    var port: Int { http.port }

    func signal(_ number: Int32) { process.signal(number) }

    @discardableResult
    func waitForExit() async throws -> ChildExit { try await process.waitForExit() }

    func logLine(_ text: String) async throws -> String {
        try await process.line(containing: text, in: .standardError)
    }

    /// A call with a tenant's key.
    func call(
        _ method: String, _ path: String, key: String = acmeKey, headers: [String: String] = [:], body: JSON? = nil
    ) throws -> LoopbackHTTP.Answer {
        try http.request(
            method, path, headers: headers.merging(["Authorization": "Bearer \(key)"]) { $1 }, body: body)
    }
}

extension Fleet {
    /// Runs the body with so many gateways of this fleet; they are gone afterwards.
    func withGateways(
        _ count: Int = 1, _ flags: [String] = [], _ body: ([GatewayProgram]) async throws -> Void
    ) async throws {
        var gateways: [GatewayProgram] = []
        defer { for gateway in gateways { gateway.signal(SIGKILL) } }
        for _ in 0..<count { gateways.append(try await GatewayProgram.start(self, flags)) }
        do {
            try await body(gateways)
        } catch {
            for gateway in gateways {
                FileHandle.standardError.write(Data("--- log of a gateway\n\(gateway.log.suffix(4000))\n".utf8))
            }
            throw error
        }
    }
}

/// Runs blocking code on a thread of its own, so that the test goes on.
func inBackground<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

import Foundation
import TestSupport

/// `graph-simulator` as a process, and its control API.
final class Simulator: Sendable {
    static let clientID = "outlook-fleet-tests"

    private let process: ChildProcess
    let http: LoopbackHTTP

    static func start(_ flags: [String] = [], environment: [String: String] = [:]) async throws -> Simulator {
        let process = try ChildProcess(
            Executables.simulator, ["--listen", "127.0.0.1:0"] + exchangeFlags + flags, environment: environment)
        let line = try await process.line(containing: "http://127.0.0.1:")
        let digits = line.split(separator: "http://127.0.0.1:", maxSplits: 1).last?.prefix { $0.isNumber } ?? ""
        guard let port = Int(digits) else { throw TestSupportError("no port in: \(line)") }
        let simulator = Simulator(process, port: port)
        try simulator.control("POST", "apps", ["id": .string(clientID), "secret": .string(Fleet.clientSecret)])
        return simulator
    }

    /// With `OUTLOOK_FLEET_TEST_EXCHANGES`, a folder, all that simulators hear and answer is kept there, a file each.
    private static var exchangeFlags: [String] {
        guard let folder = ProcessInfo.processInfo.environment["OUTLOOK_FLEET_TEST_EXCHANGES"] else { return [] }
        return ["--exchange-log", "\(folder)/\(UUID().uuidString).jsonl"]
    }

    private init(_ process: ChildProcess, port: Int) {
        self.process = process
        http = LoopbackHTTP(port: port)
    }

    var graphURL: String { "http://127.0.0.1:\(http.port)/v1.0" }
    var loginURL: String { "http://127.0.0.1:\(http.port)" }

    func stop() { process.signal(SIGKILL) }
}

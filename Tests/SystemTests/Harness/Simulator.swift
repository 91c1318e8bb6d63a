import Foundation
import TestSupport

/// `graph-simulator` as a process, and its control API.
final class Simulator: Sendable {
    static let clientID = "outlook-fleet-tests"

    private let process: ChildProcess
    let http: LoopbackHTTP

    static func start(_ flags: [String] = []) async throws -> Simulator {
        let process = try ChildProcess(Executables.simulator, ["--listen", "127.0.0.1:0"] + flags)
        let line = try await process.line(containing: "http://127.0.0.1:")
        let digits = line.split(separator: "http://127.0.0.1:", maxSplits: 1).last?.prefix { $0.isNumber } ?? ""
        guard let port = Int(digits) else { throw TestSupportError("no port in: \(line)") }
        let simulator = Simulator(process, port: port)
        try simulator.control("POST", "apps", ["id": .string(clientID), "secret": .string(Fleet.clientSecret)])
        return simulator
    }

    private init(_ process: ChildProcess, port: Int) {
        self.process = process
        http = LoopbackHTTP(port: port)
    }

    var graphURL: String { "http://127.0.0.1:\(http.port)/v1.0" }
    var loginURL: String { "http://127.0.0.1:\(http.port)" }

    func stop() { process.signal(SIGKILL) }
}

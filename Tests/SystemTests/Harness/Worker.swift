import Foundation
import TestSupport

/// A worker process.
final class Worker: Sendable {
    private let process: ChildProcess

    /// Starts `outlook-fleet worker` and waits for the log line that says it takes jobs.
    static func start(_ arguments: [String], environment: [String: String] = [:]) async throws -> Worker {
        let worker = try Worker(arguments, environment: environment)
        _ = try await worker.process.line(containing: "worker started", in: .standardError)
        return worker
    }

    /// Starts it without waiting: for workers that are to refuse.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let command = [Executables.fleet, "worker"] + arguments
        // A library that changes the environment before Swift starts makes it lose the program's arguments (they are
        // found by the environment's place in memory). Through `env` it finds nothing more to change.
        let launcher = environment["LD_PRELOAD"] == nil ? [] : ["env"]
        let line = launcher + command
        process = try ChildProcess(line[0], Array(line.dropFirst()), environment: environment)
    }

    var pid: Int32 { process.pid }
    var exit: ChildExit? { process.exit }
    /// Its log, line by line.
    var log: [String] { process.lines(.standardError) + process.lines(.standardOutput) }

    func signal(_ number: Int32) { process.signal(number) }

    /// SIGKILL, and waits until it is gone.
    func kill() async throws {
        process.signal(SIGKILL)
        try await process.waitForExit()
    }

    @discardableResult
    func waitForExit(within limit: Duration = .seconds(20)) async throws -> ChildExit {
        try await process.waitForExit(within: limit)
    }

    /// Waits for a line of its log, also one that came before.
    @discardableResult
    func logLine(containing text: String, from first: Int = 0, within limit: Duration = .seconds(20)) async throws
        -> String
    {
        try await process.line(containing: text, in: .standardError, from: first, within: limit)
    }
}

// Every fleet of the system tests, when its test is over: do its payloads, entries and events fit the schemas that the
// executable ships? One Python process judges all of them (scripts/lib/judge_fleets.py), because starting one for each
// would cost more than most tests do. It ends with the test process, whose end closes its standard input.

import Foundation
import Synchronization
import TestSupport
import Testing

final class SchemaJudge: Sendable {
    /// nil where the Python package is missing: then nothing is judged, and SchemaTests says so aloud.
    static let shared: SchemaJudge? = isInstalled ? try? SchemaJudge() : nil

    private struct Verdict: Decodable {
        let checked: Int
        let faults: [String]
    }

    /// Answers come in the order of the questions.
    private let questions = Mutex(0)
    private let child: ChildProcess

    private init() throws {
        child = try ChildProcess("python3", [Validators.library + "/judge_fleets.py", Executables.fleet])
    }

    static let isInstalled: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import jsonschema_rs, jsonschema"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// What doesn't fit, and how much was looked at: all that stands in that fleet's Redis, and these payloads.
    func faults(redis socket: String, namespace: String, payloads: [(list: String, text: String)]) async throws
        -> (checked: Int, faults: [String])
    {
        let question: JSON = [
            "socket": .string(socket), "namespace": .string(namespace),
            "payloads": .array(payloads.map { .array([.string($0.list), .string($0.text)]) }),
        ]
        let number = questions.withLock { count in
            child.write(question.text + "\n")
            count += 1
            return count
        }
        return try await eventually("the judge's answer", within: .seconds(60)) {
            let lines = child.lines()
            guard lines.count >= number else {
                if child.exit != nil { throw TestSupportError("the judge is gone: \(child.transcript.suffix(2000))") }
                return nil
            }
            let verdict = try JSONDecoder().decode(Verdict.self, from: Data(lines[number - 1].utf8))
            return (verdict.checked, verdict.faults)
        }
    }
}

extension Fleet {
    /// Judges this fleet by the executable's schemas; a test that ends well can still fail here.
    func expectEverythingFitsSchemas() async throws {
        // What a test forged itself is no fleet's.
        guard !probe.hasForged else { return }
        let (_, faults) = try await judged()
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    /// How much was looked at, and what doesn't fit.
    func judged() async throws -> (checked: Int, faults: [String]) {
        guard let judge = SchemaJudge.shared else { return (0, []) }
        return try await judge.faults(
            redis: redis.socketPath, namespace: Fleet.namespace, payloads: probe.payloads)
    }
}

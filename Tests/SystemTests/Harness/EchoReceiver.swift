import Foundation
import TestSupport

/// A webhook URL that passes Graph's handshake and drops what comes: subscriptions live, only polling finds changes.
final class EchoReceiver: Sendable {
    private let process: ChildProcess
    /// What `--webhook-url` gets.
    let url: String

    init() async throws {
        let resource = Bundle.module.path(forResource: "echo_receiver.py", ofType: nil, inDirectory: "Fixtures")
        guard let path = resource else { throw TestSupportError("no fixture") }
        process = try ChildProcess("python3", [path])
        let ready = try await process.line(containing: "ready ", within: .seconds(60))
        url = "http://127.0.0.1:\(ready.dropFirst(6))"
    }

    func stop() { process.signal(SIGKILL) }
}

extension Simulator {
    /// The subscriptions that live.
    func subscriptions() throws -> [JSON] { try control("GET", "subscriptions").elements }
}

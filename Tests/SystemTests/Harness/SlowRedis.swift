import Foundation
import TestSupport

/// A fleet's Redis as a program sees it to which each call takes longer.
final class SlowRedis: Sendable {
    private let process: ChildProcess
    /// What `--redis` gets.
    let url: String

    init(_ redis: RedisServer, milliseconds: Int) async throws {
        guard let path = Bundle.module.path(forResource: "slow_proxy.py", ofType: nil, inDirectory: "Fixtures") else {
            throw TestSupportError("no fixture")
        }
        process = try ChildProcess("python3", [path, redis.socketPath, "\(milliseconds)"])
        let ready = try await process.line(containing: "ready ", within: .seconds(60))
        url = "redis://127.0.0.1:\(ready.dropFirst(6))"
    }

    func stop() { process.signal(SIGKILL) }
}

import Synchronization

/// One redis-server for all tests of the process, started when the first asks for it. For tests that keep to keys of
/// their own (`nextNamespace`) and change nothing of the server: no FLUSHALL, SCRIPT FLUSH, CONFIG or CLIENT KILL.
package actor SharedRedis {
    private static let only = SharedRedis()
    private static let namespaces = Atomic(0)
    private var start: Task<RedisServer, any Error>?

    /// The server, on a unix socket and on TCP.
    package static func server() async throws -> RedisServer { try await only.server() }

    /// A namespace that no other test of this process uses.
    package static func nextNamespace() -> String {
        "t\(namespaces.add(1, ordering: .relaxed).newValue)"
    }

    private func server() async throws -> RedisServer {
        if let start { return try await start.value }
        // One start for all who ask meanwhile; it must outlive the test that asked first.
        let start = Task { try await RedisServer.start { $0.tcp = true } }
        self.start = start
        return try await start.value
    }
}

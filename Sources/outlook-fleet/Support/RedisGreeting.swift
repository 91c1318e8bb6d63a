import Reactor
import Redis

/// The first talk with Redis of a worker or a gateway.
struct RedisGreeting: Sendable {
    let redis: RedisClient
    let namespace: String

    /// Waits for Redis as long as it takes.
    /// - Throws: ``ProgramError`` 78 for a cluster that would scatter the keys.
    func wait() async throws {
        guard let refusal = RedisCheck.refusal(try await serverInfo(), namespace: namespace) else { return }
        throw ProgramError(.configuration, refusal)
    }

    /// What Redis says of itself, once it says something: its troubles are logged by those who work with it.
    private func serverInfo() async throws -> [String: String] {
        while true {
            do throws(RedisError) {
                try await redis.waitUntilConnected(within: .seconds(3600))
                return try await RedisCheck.info("server", redis)
            } catch  where error.kind == .cancelled {
                throw CancellationError()
            } catch  where error.kind == .noPermission {
                return [:]
            } catch {
                try await redis.reactor.sleep(for: .milliseconds(200))
            }
        }
    }
}

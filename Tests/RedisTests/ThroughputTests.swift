import Glibc
import Reactor
import Redis
import TestSupport
import Testing

@Suite("Redis throughput", .serialized)
struct ThroughputTests {
    @Test("commands of many tasks share sends: prints rate and CPU, asserts only that all are answered")
    func printed() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) { redis, reactor in
            for tasks in [1, 16, 256] {
                let perTask = tasks == 1 ? 2_000 : 20_000 / tasks
                let (start, cpu) = (reactor.now, threadCPU())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<tasks {
                        group.addTask {
                            let key = RedisValue("k\(task)")
                            for _ in 0..<perTask { try await redis.send(["INCR", key]) }
                        }
                    }
                    try await group.waitForAll()
                }
                let count = Double(tasks * perTask)
                let wall = (reactor.now - start) / Duration.seconds(1)
                let used = (threadCPU() - cpu) / Duration.microseconds(1)
                let commandsPerSecond = Int(count / wall)
                Swift.print("redis: \(tasks) tasks \(commandsPerSecond) commands/s \(used / count) us CPU each")
            }
        }
    }

    /// CPU time of the calling thread, the reactor's.
    private func threadCPU() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

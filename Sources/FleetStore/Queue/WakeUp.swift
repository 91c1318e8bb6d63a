package import Logging
import Reactor
import Redis
import Synchronization

// An idle fleet sleeps in blocking reads, not in a poll. `BLMOVE jobs taken` wakes exactly one of the sleeping workers
// per payload, and loses none if that worker dies: it lies in `taken`, which anyone's next intake drains first. (BLPOP
// would hold it in the reply alone; `BLMOVE jobs jobs` wakes all.) BLMOVE has one source, so each list has a connection
// of its own; a fifth waits for markers that busy workers leave when they take in more than they can run (`wake`).
//
// A worker that turns busy lets the reads stand: each moves at most one more payload, which the worker's own next
// intake finds. If it has no slot for it, it leaves a marker, so nobody sleeps beside work.

/// Wakes a worker when a payload is pushed or another worker has more than it can run.
package final class WakeUp: Sendable {
    /// How long a blocking read waits before it is sent anew, with up to as much again at random, so that workers that
    /// were started together don't ask together. Five reads: at most one command a second for an idle worker.
    private static let wait = 5
    /// After an error: a list of the wrong type, a full Redis, Redis away.
    private static let pauseAfterError = Duration.seconds(1)

    private let store: Store
    private let logger: Logger
    private let sources: [Source]
    private let isListening = Mutex(true)

    /// One blocking read: its own client, and a bell for when it may go on.
    private struct Source: Sendable {
        let name: String
        let command: @Sendable (Int) -> RedisCommand
        let client: RedisClient
        let mayListen = Bell()
    }

    /// Watches the lists of `store`, each over a connection of its own.
    package init(_ store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
        var configuration = store.redis.configuration
        configuration.announcesOutages = false
        let client = { RedisClient(configuration: configuration, reactor: store.redis.reactor, logger: logger) }
        let keys = store.keys
        sources =
            IngressList.allCases.map { list in
                let source = RedisValue(keys.ingress(list))
                let target = RedisValue(keys.taken(list))
                return Source(
                    name: list.suffix,
                    command: { ["BLMOVE", source, target, "RIGHT", "LEFT", .integer($0)] },
                    client: client())
            } + [
                Source(
                    name: "wake", command: { ["BLPOP", RedisValue(keys.wake), .integer($0)] }, client: client())
            ]
    }

    /// Whether pushes should wake this worker: true while it has nothing to do, or room for more.
    package func listen(_ listening: Bool) {
        let begins = isListening.withLock { state in
            defer { state = listening }
            return listening && !state
        }
        if begins { for source in sources { source.mayListen.ring() } }
    }

    /// Watches until the task is cancelled. `woken` is called on the reactor for each payload or marker: take in,
    /// claim.
    package func run(_ woken: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { group in
            for source in sources {
                group.addTask { await source.client.run() }
                group.addTask { await self.watch(source, woken) }
            }
        }
    }

    private func watch(_ source: Source, _ woken: @Sendable () -> Void) async {
        while !Task.isCancelled {
            do {
                guard isListening.withLock({ $0 }) else {
                    try await source.mayListen.wait()
                    continue
                }
                try await source.client.waitUntilConnected(within: .seconds(60))
                let seconds = Self.wait + Int.random(in: 0...Self.wait)
                let reply = try await source.client.sendBlocking(
                    source.command(seconds), limit: .seconds(seconds + 5), unblockedBy: store.redis)
                if !reply.isNull { woken() }
            } catch {
                // Redis's own part of an outage is announced by the main client; a list of the wrong type by intake.
                try? await store.redis.reactor.sleep(for: Self.pauseAfterError)
            }
        }
    }
}

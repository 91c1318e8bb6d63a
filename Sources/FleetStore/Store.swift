import FleetCore
import Metrics
import Reactor
package import Redis

// How a call survives a lost connection. Redis may have run a script whose reply never came, so every script is safe to
// repeat: those that would do something twice carry a number of the call and `again`, and answer a repeat from memory.
// So the store repeats by itself, until it has an answer or its patience ends: a finished job's result must not be lost
// because Redis was away for a moment, and a claim whose reply was lost would be held by a worker that doesn't know of
// it.

/// The fleet's state in one Redis, under one namespace. A value: parts that need it keep a copy.
package struct Store: Sendable {
    /// How it behaves.
    package struct Options: Sendable {
        /// How long a call is repeated while Redis is away, before it throws; 2 min, so that a restart of Redis passes.
        package var patience: Duration = .seconds(120)
        /// About how many entries `results` keeps (`--results-maxlen`).
        package var resultsLength = 1_000_000
        /// About how many entries `changes` keeps (`--changes-maxlen`).
        package var changesLength = 1_000_000
        /// How long ids are remembered, in seconds (`--ids-ttl`).
        package var idsSeconds = 86_400
        /// Longest payload in bytes (`--max-payload`).
        package var maximumPayload = 1 << 20

        /// Where `results` is cut by whoever writes, for a slow group or none: twice its length (see `StreamCare`).
        var resultsCap: Int { resultsLength * 2 }
        /// The same of `changes`.
        var changesCap: Int { changesLength * 2 }

        /// The contract's defaults.
        package init() {}
    }

    /// The connection to Redis.
    package let redis: RedisClient
    /// Names of the keys.
    package let keys: Keys
    /// How it behaves.
    package let options: Options
    private let queueKeys: [RedisValue]
    private let intakeKeys: [RedisValue]

    /// State under `namespace`, over a client that somebody runs.
    package init(redis: RedisClient, namespace: String = "outlook", options: Options = Options()) {
        self.redis = redis
        self.options = options
        keys = Keys(namespace: namespace)
        queueKeys = keys.queue.map { .string($0) }
        intakeKeys = keys.intake.map { .string($0) }
    }

    /// `KEYS` of a script.
    enum KeySet {
        case queue, intake
        case these([String])
    }

    /// Runs a script once per try; `again` says whether an earlier try may have run.
    func call(
        _ script: StoreScript, _ keySet: KeySet = .queue,
        _ arguments: (_ again: Bool) -> [RedisValue]
    ) async throws(StoreError) -> RedisReply {
        let keys: [RedisValue] =
            switch keySet {
            case .queue: queueKeys
            case .intake: intakeKeys
            case .these(let names): names.map { .string($0) }
            }
        let prefix = RedisValue(self.keys.prefix)
        var again = false
        let asked = redis.reactor.now
        defer { script.timer.record(duration: asked.duration(to: redis.reactor.now)) }
        return try await patiently(script.rawValue) { () async throws(RedisError) in
            do throws(RedisError) {
                return try await redis.evaluate(script.script, keys: keys, arguments: [prefix] + arguments(again))
            } catch {
                again = again || error.outcomeIsUnknown
                throw error
            }
        }
    }

    /// Sends a command that may be repeated.
    func send(_ command: RedisCommand, _ operation: String) async throws(StoreError) -> RedisReply {
        try await patiently(operation) { () async throws(RedisError) in try await redis.send(command) }
    }

    private func patiently(
        _ operation: String, _ attempt: () async throws(RedisError) -> RedisReply
    ) async throws(StoreError) -> RedisReply {
        let end = redis.reactor.now.advanced(by: options.patience)
        var pause = Duration.milliseconds(20)
        while true {
            do throws(RedisError) {
                return try await attempt()
            } catch {
                let failure = StoreError(error, during: operation)
                guard failure.code == .unavailable, redis.reactor.now < end else { throw failure }
            }
            do {
                try await redis.reactor.sleep(for: pause)
            } catch {
                throw StoreError(.cancelled, operation, hint: "the task was cancelled")
            }
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    /// For answers that no script of ours gives.
    func unexpected(_ script: StoreScript) -> StoreError {
        StoreError(.internal, script.rawValue, hint: "the script answered what nobody expects: report this")
    }
}

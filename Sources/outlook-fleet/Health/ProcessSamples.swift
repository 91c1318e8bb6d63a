import Reactor
import Redis
import Telemetry

/// What the parts of a worker or a gateway count for themselves, read when `/metrics` is asked.
struct ProcessSamples: Sendable {
    let reactor: Reactor
    let redis: RedisClient
    let health: any ProcessHealth
    /// `/readyz` as a number.
    let ready: FleetMetric

    func read() -> [MetricSample] {
        let loop = reactor.statistics
        let redisCounts = redis.statistics
        return ProcessMetrics.read() + [
            MetricSample(ready, health.unreadiness == nil ? 1 : 0),
            // A turn that doesn't end is the longest of all.
            MetricSample(.reactorLag, max(reactor.takeLongestTurn(), loop.currentTurn) / .seconds(1)),
            MetricSample(.reactorTurns, Double(loop.turns)),
            MetricSample(.reactorBusy, loop.busy / .seconds(1)),
            MetricSample(.redisCommands, Double(redisCounts.commands)),
            MetricSample(.redisTimeouts, Double(redisCounts.timeouts)),
            MetricSample(.redisConnections, Double(redisCounts.connections)),
            MetricSample(.redisPending, Double(redisCounts.pending)),
            MetricSample(.redisUp, redis.isConnected ? 1 : 0),
        ]
    }
}

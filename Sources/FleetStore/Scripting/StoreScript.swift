import Metrics
import Redis
import Telemetry

/// The fleet's scripts. A new one also touches: its file in Scripts, and `ScriptText.all`.
enum StoreScript: String, CaseIterable, Sendable {
    case adoptCredential
    case announceRates
    case askBudgets
    case beginRefresh
    case cancelJob
    case claim
    case closeMailboxes
    case commitSlice
    case countTenants
    case endRefresh
    case endSubscription
    case expireJobs
    case findJob
    case finishJobs
    case fleetStatus
    case handBack
    case holdJob
    case joinMailbox
    case limitTenant
    case lookUpJob
    case lookUpWaiting
    case markStalled
    case oldestReady
    case parkJob
    case pauseTenant
    case pushJob
    case reapOwners
    case registerOwner
    case renewOwner
    case reportTenants
    case reseal
    case resumeTenant
    case retryDead
    case stagePage
    case storeJobs
    case storeTokens
    case suspectSubscription
    case takeNotices
    case takePayloads
    case takeUpNewer
    case trimStreams
    case takeSubscriptions

    /// What Redis knows it by. Put together once.
    var script: RedisScript {
        guard let script = Self.loaded[self] else { preconditionFailure("\(self) is in no list") }
        return script
    }

    /// How long calls of it take. Made once: finding a handler costs more than the record.
    var timer: Timer { Self.timers[self] ?? FleetMetric.redisScriptDuration.timer([("script", rawValue)]) }

    private static let timers = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0, FleetMetric.redisScriptDuration.timer([("script", $0.rawValue)])) })

    private static let loaded: [StoreScript: RedisScript] = {
        let loader = ScriptLoader { ScriptText.all[$0].map { String(decoding: $0, as: UTF8.self) } }
        var scripts: [StoreScript: RedisScript] = [:]
        for script in StoreScript.allCases {
            do {
                scripts[script] = RedisScript(name: script.rawValue, source: try loader.load(script.rawValue))
            } catch {
                // A mistake in the sources that no run can survive; ScriptTests names it first.
                preconditionFailure("script \(script.rawValue): \(error)")
            }
        }
        return scripts
    }()
}

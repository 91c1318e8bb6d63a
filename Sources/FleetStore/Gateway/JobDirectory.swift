package import FleetCore
package import Foundation
import Redis

// Results are a stream, and whoever asks for one job's must not read all of it. So the gateways keep an index, in
// Redis, that all of them share: a job asked for at one gateway is found though another one pushed it. Built by those
// who ask (lookUpJob.lua), not by the workers: a fleet without a gateway pays nothing.

/// Pushes jobs for the gateway and finds how they ended.
package struct JobDirectory: Sendable {
    /// Where a job stands.
    package enum Standing: Sendable, Equatable {
        /// It ended: the fields of its terminal entry, in the stream's order.
        case ended([Field])
        /// It was seen, and has not ended.
        case waits
        /// It ended, and its entry isn't kept any more.
        case forgotten
        /// No job of this id within the time that ids are remembered.
        case unknown
    }

    /// A field of a stream's entry.
    package struct Field: Sendable, Equatable {
        /// `job_id`
        package let name: String
        /// As it stands in the stream; `data` and `error` are JSON.
        package let value: String

        /// A field.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Indexed in one call: 500 cost Redis about a millisecond.
    private static let step = 500
    private static let partSize = 100_000
    private static let parts = 10
    /// Ten years: what waits for longer isn't found any more by those who ask.
    private static let longestMark = 315_360_000.0

    private let store: Store

    /// The jobs of `store`. Its patience bounds each call.
    package init(_ store: Store) { self.store = store }

    /// What a gateway pushes: a valid job.
    package struct Pushed: Sendable {
        /// As it goes on the list.
        package var payload: [UInt8]
        /// Whose.
        package var tenant: TenantID
        /// Its own.
        package var id: JobID
        /// What was asked for, in few bytes: calls with equal prints are the same call.
        package var print: String
        /// When it is to run; it may wait for longer than ids are remembered.
        package var notBefore: Date?

        /// All of it.
        package init(payload: [UInt8], tenant: TenantID, id: JobID, print: String, notBefore: Date?) {
            self.payload = payload
            self.tenant = tenant
            self.id = id
            self.print = print
            self.notBefore = notBefore
        }
    }

    /// Pushes a job, unless its id stands for another call already: then nothing is pushed, and it says false. One
    /// round trip. Safe to repeat.
    ///
    /// - Parameter stale: the print of a call whose payload was rejected: its id is free again.
    package func push(_ job: Pushed, inPlaceOf stale: String? = nil) async throws(StoreError) -> Bool {
        let ahead = max(0, job.notBefore?.timeIntervalSinceNow ?? 0)
        let seconds = store.options.idsSeconds + Int(min(ahead, Self.longestMark))
        let keys = [store.keys.pushed(job.tenant, job.id), store.keys.ingress(.general)]
        let reply = try await store.call(.pushJob, .these(keys)) { _ in
            [.string(job.print), .integer(seconds), .bytes(job.payload), .string(stale ?? "")]
        }
        return reply.string == "1"
    }

    /// The print of the call that an id stands for; nil if no gateway pushed a job of that id lately.
    package func knownPrint(of job: JobID, tenant: TenantID) async throws(StoreError) -> String? {
        try await store.send(["GET", RedisValue(store.keys.pushed(tenant, job))], "look up a pushed job").string
    }

    /// Whether a job waits or runs in a line of one of the tenant's connections, however long ago it was pushed. Some
    /// microseconds of Redis a connection of the tenant: to be asked when nothing else knows the job.
    package func isInLine(_ job: JobID, tenant: TenantID) async throws(StoreError) -> Bool {
        let resources = try await ConnectionStore(store).resources(of: tenant).sorted()
        for start in stride(from: 0, to: resources.count, by: Self.step) {
            let lanes = resources[start..<min(start + Self.step, resources.count)].map { resource in
                RedisValue.string(ConnectionID(tenant: tenant, resource: ResourceID(resource)).description)
            }
            let reply = try await store.call(.lookUpWaiting) { _ in [.string(job.rawValue)] + lanes }
            if reply.string == "1" { return true }
        }
        return false
    }

    /// Where a job of a tenant stands. One round trip as a rule; more while the index is behind the stream, at most
    /// `steps`, and then it says `waits`.
    package func standing(
        of job: JobID, tenant: TenantID, steps: Int = 400
    ) async throws(StoreError) -> Standing {
        for _ in 0..<steps {
            let reply = try await call("\(tenant.rawValue):\(job.rawValue)")
            switch reply[1]?.string {
            case "found": return .ended(Self.fields(reply[2]?[1]))
            case "trimmed": return .forgotten
            case "waits": return .waits
            case "unknown": return .unknown
            case "": continue
            default: throw store.unexpected(.lookUpJob)
            }
        }
        return .waits
    }

    /// Indexes what has come, at most `steps` times 500 entries. True if there is more.
    package func index(steps: Int = 10) async throws(StoreError) -> Bool {
        for _ in 0..<steps {
            let reply = try await call("")
            guard reply[0]?.string == "1" else { return false }
        }
        return true
    }

    private func call(_ wanted: String) async throws(StoreError) -> RedisReply {
        try await store.call(.lookUpJob, .these([store.keys.results, store.keys.jobIndex, store.keys.idDays])) { _ in
            [
                .string(wanted), .integer(Self.step), .integer(store.options.idsSeconds), .integer(Self.partSize),
                .integer(Self.parts),
            ]
        }
    }

    private static func fields(_ reply: RedisReply?) -> [Field] {
        (reply?.pairs ?? []).map { Field($0.key.string ?? "", $0.value.string ?? "") }
    }
}

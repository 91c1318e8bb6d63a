package import FleetCore
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

    private let store: Store

    /// The jobs of `store`. Its patience bounds each call.
    package init(_ store: Store) { self.store = store }

    /// Pushes a payload that is a valid job with this id. One round trip.
    ///
    /// A mark beside it says, until a worker takes it in, that the job is on its way. Safe to repeat: a payload that is
    /// pushed twice runs once, its id is its own.
    package func push(_ payload: [UInt8], tenant: TenantID, id: JobID) async throws(StoreError) {
        let mark: RedisCommand = [
            "SET", RedisValue(store.keys.pushed(tenant, id)), "1", "EX", .integer(store.options.idsSeconds),
        ]
        _ = try await store.send(mark, "mark a job as pushed")
        _ = try await store.send(
            ["LPUSH", RedisValue(store.keys.ingress(.general)), .bytes(payload)], "push a job")
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

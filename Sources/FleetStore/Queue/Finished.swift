package import FleetCore
import Redis

/// A job that ended, for the hot path: nothing but results, dead letters and the end of the lease.
package struct Finished: Sendable {
    /// The right to say so.
    package var lease: Lease
    /// Its terminal entry; nil for a timer's run. One with an error leaves a dead letter.
    package var result: JobResult?
    /// The terminal entries of its riders, in the claim's order: all of them or the first few; the others go on
    /// waiting.
    package var riders: [JobResult]
    /// A credential that this connect adopted and that no record took: let go unless the connection uses it.
    package var letGo: CredentialID?

    /// A job that ended with `result`.
    package init(_ lease: Lease, result: JobResult?, riders: [JobResult] = [], letGo: CredentialID? = nil) {
        self.lease = lease
        self.result = result
        self.riders = riders
        self.letGo = letGo
    }

    func append(to arguments: inout [RedisValue]) {
        arguments.append(.string(lease.lane.description))
        arguments.append(.string(lease.fence.description))
        arguments.append(lease.kind == .sync ? "0" : "1")
        arguments.append(.string(letGo?.rawValue ?? ""))
        arguments.append(results: result, riders: riders)
    }
}

extension [RedisValue] {
    /// Results as endJobs reads them: their number, then failure, number of fields and fields of each.
    mutating func append(results first: JobResult?, riders: [JobResult]) {
        append(.integer(1 + riders.count))
        append(result: first)
        for rider in riders { append(result: rider) }
    }

    private mutating func append(result: JobResult?) {
        guard let result else {
            append("")
            append(0)
            return
        }
        let fields = result.fields()
        append(.string(result.error == nil ? "" : fields.last { $0.0 == "error" }?.1 ?? ""))
        append(fields: fields)
    }

    /// The number of texts, then names and values in turn.
    mutating func append(fields: [(String, String)]) {
        append(.integer(2 * fields.count))
        for (name, value) in fields {
            append(.string(name))
            append(.string(value))
        }
    }
}

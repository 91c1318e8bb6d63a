package import FleetCore
package import Foundation
import Redis

/// Up to 500 events of a run, published in one step.
package struct Slice: Sendable {
    /// Most events (upserts and deletions together) of a slice: 500 hold Redis for about 3 ms.
    package static let mostEvents = 500

    /// Which mirror it writes.
    package enum Mirror: Sendable, Equatable {
        /// The one that consumers read.
        case current
        /// A new one beside it, which the last slice puts in its place: of a first connect, or another calendar.
        case fresh
    }

    /// Which mirror it writes.
    package var mirror: Mirror
    /// Events to write, as the JSON that consumers read.
    package var upserts: [(id: EventID, json: String)] = []
    /// Events to take out.
    package var deletions: [EventID] = []
    /// Private notes about events, kept beside the mirror.
    package var companions: [(id: EventID, note: String)] = []
    /// Notes to take out.
    package var companionDeletions: [EventID] = []
    /// Bookings: what changes of what is kept of them.
    package var bookings = BookingWrites()
    /// Entries of the changes stream, in order.
    package var changes: [Change] = []

    /// An empty one.
    package init(_ mirror: Mirror = .current) { self.mirror = mirror }

    /// Events that it writes or deletes.
    package var eventCount: Int { upserts.count + deletions.count }

    func append(to arguments: inout [RedisValue], changesLength: Int) {
        precondition(eventCount <= Self.mostEvents, "a slice holds at most \(Self.mostEvents) events")
        arguments.append(.integer(changesLength))
        arguments.append(mirror == .fresh ? "1" : "0")
        arguments.append(.integer(2 * upserts.count))
        for (id, json) in upserts { arguments += [.string(id.rawValue), .string(json)] }
        arguments.append(.integer(deletions.count))
        for id in deletions { arguments.append(.string(id.rawValue)) }
        arguments.append(.integer(2 * companions.count))
        for (id, note) in companions { arguments += [.string(id.rawValue), .string(note)] }
        arguments.append(.integer(companionDeletions.count))
        for id in companionDeletions { arguments.append(.string(id.rawValue)) }
        bookings.append(to: &arguments)
        arguments.append(.integer(changes.count))
        for change in changes { arguments.append(fields: change.fields()) }
    }
}

/// What the last slice of a run does besides: all in the same step.
package struct RunEnd: Sendable {
    /// When the connection next syncs by itself.
    package enum NextSync: Sendable, Equatable {
        case unchanged, never
        case at(Date)
    }

    /// What a connect makes of what is kept of bookings.
    package enum Bookings: String, Sendable {
        /// The same calendar.
        case kept = "0"
        /// Another mailbox: nothing is known of it.
        case forgotten = "1"
        /// Another calendar of the mailbox: only where their events are is kept.
        case left = "2"
    }

    /// Puts the fresh mirror in the public one's place; the old one goes without a word.
    package var promotesFreshMirror = false
    /// Takes away all that belongs to the connection: mirror, pages, record, calendar names, period, and the credential
    /// if nobody else uses it. Syncs that wait for their not_before end as cancelled. Of a disconnect.
    package var purges = false
    /// What becomes of what is kept of bookings.
    package var bookings: Bookings = .kept
    /// The connection's new record; nil leaves it as it is.
    package var connection: Connection?
    /// When it next syncs by itself.
    package var nextSync: NextSync = .unchanged
    /// A credential that this connect adopted and that no record took.
    package var letGo: CredentialID?
    /// The job's terminal entry; nil for a timer's run. One with an error leaves a dead letter.
    package var result: JobResult?
    /// The terminal entries of its riders, in the claim's order: all of them or the first few.
    package var riders: [JobResult] = []

    /// Ends the job with `result`.
    package init(result: JobResult?, riders: [JobResult] = []) {
        self.result = result
        self.riders = riders
    }

    func append(to arguments: inout [RedisValue], lease: Lease, resultsLength: Int) {
        arguments += ["1", promotesFreshMirror ? "1" : "0", purges ? "1" : "0", .string(bookings.rawValue)]
        arguments.append(connection.map { .bytes(StoredConnection($0).bytes) } ?? "")
        switch nextSync {
        case .unchanged: arguments.append("-")
        case .never: arguments.append("")
        case .at(let time): arguments.append(.integer(time.milliseconds))
        }
        arguments.append(lease.kind == .sync ? "0" : "1")
        arguments.append(.string(letGo?.rawValue ?? ""))
        arguments.append(.string(Failures.overtaken))
        arguments.append(.integer(resultsLength))
        arguments.append(results: result, riders: riders)
    }
}

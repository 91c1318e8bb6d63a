package import FleetCore

/// What the parts of a worker announce to a test that listens; nobody does in production. Called on the loop, at the
/// moment named, and awaited: a test that returns late holds the part there.
package struct WorkerHooks: Sendable {
    /// A point in the life of a worker or of a run.
    package enum Point: Sendable, Equatable {
        /// Payloads of a batch are in their lanes.
        case stored(jobs: Int)
        /// A run that takes time begins.
        case runBegan(ConnectionID)
        /// Page `number` (from 0) of a round is staged.
        case pageStaged(ConnectionID, number: Int)
        /// Slice `number` (from 0) of a commit is written; it is not the last.
        case sliceCommitted(ConnectionID, number: Int)
        /// What is about to be written for bookings is put down; nothing is written yet.
        case bookingsIntended(ConnectionID)
        /// The bookings of a wave are written; nobody has looked again yet.
        case bookingsWritten(ConnectionID)
        /// Everything is written, nothing is published yet.
        case bookingsPushed(ConnectionID)
        /// A job's end is written (or was refused).
        case ended(ConnectionID, JobKind)
        /// All leases were renewed.
        case renewed
        /// The owner was reaped; another name is registered.
        case ownerReplaced
        /// A lease of somebody else was taken back.
        case reaped(jobs: Int)
        /// What was due for a mailbox's subscription is done.
        case subscriptionSeenTo
        /// Nothing more is taken.
        case draining
    }

    private let announce: (@Sendable (Point) async -> Void)?

    /// Without a listener.
    package init() { announce = nil }

    /// With one.
    package init(_ announce: @escaping @Sendable (Point) async -> Void) { self.announce = announce }

    /// Tells the listener, if there is one.
    func reached(_ point: @autoclosure () -> Point) async {
        if let announce { await announce(point()) }
    }
}

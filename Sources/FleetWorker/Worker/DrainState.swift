/// How a worker stops, as a machine without I/O.
///
///     running --stop--> finishing --deadline--> handingBack --nothing held--> over
///                           \------------- nothing held -------------------^
///
/// In `finishing` nothing new is taken, what is held runs on. In `handingBack` the runs are cancelled: each gives its job
/// back without using an attempt, and the hand-backs themselves go out with the acks. A second stop signal in `finishing`
/// skips to `handingBack`: whoever sends it is in a hurry.
struct DrainState {
    enum Phase: Equatable { case running, finishing, handingBack, over }

    enum Action: Equatable {
        /// Report not ready, take and claim nothing more, arm the drain deadline.
        case stopTaking
        /// Cancel every run.
        case cancelRuns
        /// The parts may end.
        case end
        case nothing
    }

    private(set) var phase = Phase.running

    /// A signal, or the operator's wish.
    mutating func stopRequested(held: Int) -> Action {
        switch phase {
        case .running:
            phase = held == 0 ? .over : .finishing
            return .stopTaking
        case .finishing:
            phase = .handingBack
            return .cancelRuns
        case .handingBack, .over: return .nothing
        }
    }

    /// The drain timeout has passed.
    mutating func deadlinePassed() -> Action {
        guard phase == .finishing else { return .nothing }
        phase = .handingBack
        return .cancelRuns
    }

    /// A job has left this worker; `held` are left.
    mutating func released(held: Int) -> Action {
        guard held == 0, phase == .finishing || phase == .handingBack else { return .nothing }
        phase = .over
        return .end
    }
}

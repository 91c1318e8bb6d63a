import FleetCore

/// The keys that the contract makes public: what producers push to and consumers read. All others are private, and only
/// FleetStore knows them.
struct PublicKeys: Sendable {
    var namespace: String

    var jobs: String { "\(namespace):jobs" }
    var results: String { "\(namespace):results" }
    var changes: String { "\(namespace):changes" }
    func events(_ connection: ConnectionID) -> String { "\(namespace):events:\(connection)" }
}

import FleetCore
import FleetStore
import Reactor

extension RunContext {
    /// What is stored of the whole calendar.
    func mirror() async throws -> MirrorState {
        var mirror = MirrorState()
        var turn = LoopTurn()
        try await tools.mirror.forEach(lane, .events) { piece in
            for (id, json) in piece {
                mirror.addShown(id: id.rawValue, json: json)
                await turn.share()
            }
        }
        var companions: [(EventID, String)] = []
        try await tools.mirror.forEach(lane, .companions) { companions += $0.map { ($0.id, $0.value) } }
        try await add(companions, to: &mirror)
        return mirror
    }

    /// What is stored of these events.
    func mirror(of ids: [EventID]) async throws -> MirrorState {
        var mirror = MirrorState()
        for (id, json) in zip(ids, try await tools.mirror.values(lane, ids, .events)) {
            if let json { mirror.addShown(id: id.rawValue, json: json) }
        }
        let companions = zip(ids, try await tools.mirror.values(lane, ids, .companions))
        try await add(companions.compactMap { id, json in json.map { (id, $0) } }, to: &mirror)
        return mirror
    }

    private func add(_ companions: [(EventID, String)], to mirror: inout MirrorState) async throws {
        var turn = LoopTurn()
        do throws(NewerVersion) {
            for (id, json) in companions {
                try mirror.addCompanion(id: id.rawValue, json: json)
                await turn.share()
            }
        } catch {
            throw StoreError(error, "read a mirror")
        }
    }
}

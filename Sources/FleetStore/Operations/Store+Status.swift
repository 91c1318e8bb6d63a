import FleetCore
import Foundation
import Redis

extension Store {
    /// The fleet at this moment: what `status`, `top` and the dashboard show. One round trip of some 200 us of Redis's
    /// time, whatever waits; ask it once a second at most.
    ///
    /// - Parameter tenants: the most that are told; 1-1,000.
    package func status(tenants: Int = 100) async throws(StoreError) -> FleetStatus {
        precondition((1...1000).contains(tenants), "1 to 1,000 tenants")
        let reply = try await call(.fleetStatus, .intake) { _ in [.integer(tenants)] }
        guard let pairs = reply.pairs else { throw unexpected(.fleetStatus) }
        var reading = StatusReading()
        for (name, value) in pairs {
            guard let name = name.string else { throw unexpected(.fleetStatus) }
            if let number = value.int { reading.numbers[name] = number }
            if let list = value.array { reading.lists[name] = list }
        }
        return reading.status
    }
}

/// The answer of fleetStatus.lua, by its names.
private struct StatusReading {
    var numbers: [String: Int] = [:]
    var lists: [String: [RedisReply]] = [:]

    var status: FleetStatus {
        FleetStatus(
            now: Date(milliseconds: number("now")), ingress: ingress, reading: max(0, number("reading")),
            lanes: number("lanes"), ready: number("ready"), running: number("running"), behind: number("behind"),
            due: number("due"), held: number("held"), connections: number("connections"),
            results: stream("results", letter: "r"), changes: stream("changes", letter: "c"), dead: number("dead"),
            newer: max(0, number("newer")), workerCount: number("workers"), workers: workers, tenants: tenants,
            isSampled: number("sampled") == 1)
    }

    private func number(_ name: String) -> Int { numbers[name] ?? 0 }

    /// Both lists of an ingress list; nil where both keys hold another type.
    private var ingress: [IngressList: Int?] {
        func known(_ name: String) -> Int? { numbers[name].flatMap { $0 < 0 ? nil : $0 } }
        return Dictionary(
            uniqueKeysWithValues: IngressList.allCases.map { list in
                let pushed = known("ingress.\(list.letter)")
                let taken = known("taken.\(list.letter)")
                return (list, pushed == nil ? nil : (pushed ?? 0) + (taken ?? 0))
            })
    }

    private var workers: [WorkerStatus] {
        rows("owners", width: 4).map { row in
            WorkerStatus(
                name: row[0].string ?? "", deadline: row[1].time, leases: row[2].int ?? 0,
                report: row[3].string.flatMap { WorkerReport(encoded: $0) })
        }
    }

    private var tenants: [TenantLoad] {
        rows("tenants", width: 8).map { row in
            TenantLoad(
                tenant: TenantID(row[0].string ?? ""), running: row[1].int ?? 0, ready: row[2].int ?? 0,
                parked: row[3].int ?? 0, nextDue: row[4].time,
                reason: row[4].time == nil ? nil : WaitReason(letter: row[5].string), heldUntil: row[6].time,
                waitingSince: row[7].time)
        }.sorted { ($0.running, $0.ready, $0.parked) > ($1.running, $1.ready, $1.parked) }
    }

    private func stream(_ name: String, letter: String) -> StreamStatus {
        let facts = lists[name] ?? []
        let length = facts.first?.int ?? 0
        func id(_ index: Int) -> String? {
            guard facts.indices.contains(index), let id = facts[index].string, id != "", id != "0-0" else { return nil }
            return id
        }
        let last = id(3)
        let groups = rows("groups", width: 7).filter { $0[0].string == letter }.map { row in
            GroupStatus(row.dropFirst(), from: id(2), to: last)
        }
        return StreamStatus(
            length: length < 0 ? nil : length, added: facts.count > 1 ? facts[1].int ?? 0 : 0, first: id(2), last: last,
            groups: groups.sorted { $0.name < $1.name })
    }

    private func rows(_ name: String, width: Int) -> [[RedisReply]] {
        let list = lists[name] ?? []
        return stride(from: 0, to: list.count - width + 1, by: width).map { Array(list[$0..<($0 + width)]) }
    }
}

extension GroupStatus {
    /// From what includes/streamGroups.lua tells.
    ///
    /// - Parameters:
    ///   - first: the stream's first entry: a group that was given nothing yet is behind by all that the stream holds.
    ///   - last: its last.
    fileprivate init(_ row: ArraySlice<RedisReply>, from first: String?, to last: String?) {
        let row = Array(row)
        name = row[0].string ?? ""
        consumers = row[1].int ?? 0
        pending = row[2].int ?? 0
        lastDelivered = row[3].string ?? "0-0"
        idle = row[5].int.flatMap { $0 < 0 ? nil : .milliseconds($0) }
        let delivered = max(Self.milliseconds(lastDelivered), Self.milliseconds(first ?? "0-0"))
        let distance = Self.milliseconds(last ?? "0-0") - delivered
        behind = .milliseconds(max(0, distance))
    }

    private static func milliseconds(_ id: String) -> Int { Int(id.prefix { $0 != "-" }) ?? 0 }
}

extension RedisReply {
    /// A time in ms that a script told as a score; nil for -1.
    fileprivate var time: Date? {
        if let milliseconds = int { return milliseconds < 0 ? nil : Date(milliseconds: milliseconds) }
        return string.flatMap { Double($0) }.flatMap { $0 < 0 ? nil : Date(milliseconds: Int($0)) }
    }
}

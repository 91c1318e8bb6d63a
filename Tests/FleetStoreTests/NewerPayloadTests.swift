// Goal: a payload of a version that no worker knows yet waits, sealed and in its order, until one knows it. Method:
// whole states around each call.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Payloads of a newer version")
struct NewerPayloadTests {
    private static let sealer = Sealer(SealingKeys.forTests("k1", 1))

    /// Takes what waits and puts all of it aside, as a worker does that knows none of it.
    private func putAside(_ harness: StoreHarness, by owner: Owner, version: Int) async throws {
        let batch = try await harness.take(owner)
        let decisions = batch.payloads.map { raw in
            IntakeDecision.newerVersion(
                PutAside(raw.bytes, version: version, list: raw.list, takenAt: batch.takenAt, sealer: Self.sealer))
        }
        _ = try await harness.intake.store(batch, decisions, by: owner, freeSlots: 0, takingNext: false)
    }

    /// What lies in a list, opened; the left end first.
    private func opened(_ harness: StoreHarness, _ key: String) async throws -> [String] {
        let reply = try await harness.redis.send(["LRANGE", .string(harness.keys.prefix + key), 0, -1])
        return try (reply.array ?? []).map { item in
            let aside = try #require(PutAside(encoded: item.bytes ?? []))
            return String(decoding: try aside.opened(Self.sealer), as: UTF8.self)
        }
    }

    @Test("it is put aside sealed, whole, by its version, and the status counts it")
    func putAside() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push("a secret of v2")
            try await putAside(harness, by: owner, version: 2)
            try await harness.push("another of v3", to: .sync)
            try await putAside(harness, by: owner, version: 3)
            let state = try await harness.state()
            #expect(state.count == 3 && state[0] == "newer set: 2 3", "\(state)")
            #expect(!state.joined().contains("secret"))
            #expect(try await opened(harness, "newer:2") == ["a secret of v2"])
            #expect(try await harness.store.status().newer == 2)
        }
    }

    @Test("who knows none of the versions takes nothing up and changes nothing")
    func unknown() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push("x")
            try await putAside(harness, by: owner, version: 2)
            let before = try await harness.state(without: [])
            for _ in 0..<3 {
                let step = try await harness.intake.takeUp(version: 1)
                #expect(step.payloads == 0 && !step.isMore)
            }
            #expect(try await harness.state(without: []) == before)
        }
    }

    @Test("who knows their versions takes them up in the order in which they came, behind what was taken before")
    func takenUp() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push("1", "2", "3")
            try await putAside(harness, by: owner, version: 2)
            try await harness.push("s", to: .sync)
            try await putAside(harness, by: owner, version: 3)
            try await harness.push("9")
            try await putAside(harness, by: owner, version: 9)
            let first = try await harness.intake.takeUp(version: 3, limit: 2)
            #expect(first.payloads == 2 && first.isMore)
            let second = try await harness.intake.takeUp(version: 3, limit: 2)
            #expect(second.payloads == 1 && second.isMore)
            let third = try await harness.intake.takeUp(version: 3, limit: 2)
            #expect(third.payloads == 1 && !third.isMore)
            #expect(try await opened(harness, "taken") == ["3", "2", "1"])
            #expect(try await opened(harness, "taken:sync") == ["s"])
            #expect(try await opened(harness, "newer:9") == ["9"])
            #expect(
                try await harness.state(without: ["c:", "intake", "owners", "taken", "newer:"]) == ["newer set: 9"])
            let order = try await harness.take(owner).payloads.map { raw in
                String(decoding: try #require(PutAside(encoded: raw.bytes)).opened(Self.sealer), as: UTF8.self)
            }
            #expect(order == ["1", "2", "3", "s"])
        }
    }

    @Test("sealing makes a payload longer: what had the right length when it came is taken up whole")
    func long() async throws {
        try await StoreHarness.with(configure: { $0.maximumPayload = 20_000 }) { harness in
            let owner = try await harness.owner()
            let payload = String(repeating: "x", count: 19_000)
            try await harness.push(payload)
            try await putAside(harness, by: owner, version: 2)
            #expect(try await harness.intake.takeUp(version: 2).payloads == 1)
            let raw = try #require(try await harness.take(owner).payloads.first)
            #expect(!raw.isTooLong)
            let aside = try #require(PutAside(encoded: raw.bytes))
            #expect(try aside.opened(Self.sealer).count == 19_000)
        }
    }

    @Test("nothing beside the sealed payload can be changed without its failing to open")
    func forged() throws {
        let taken = Date(milliseconds: 1_780_000_000_000)
        let aside = PutAside(Array("x".utf8), version: 2, list: .sync, takenAt: taken, sealer: Self.sealer)
        let text = String(decoding: aside.encoded, as: UTF8.self)
        for other in [text.replacing("2 s", with: "3 s"), text.replacing("2 s", with: "2 d")] {
            let read = try #require(PutAside(encoded: Array(other.utf8)))
            #expect(throws: Sealer.Fault.forged) { try read.opened(Self.sealer) }
        }
        for other in ["newer\n", "newer\n2 s\nx", "newer\n2 x 1\nx", "{}", ""] {
            #expect(PutAside(encoded: Array(other.utf8)) == nil)
        }
    }

    @Test("a rotation of the sealing keys seals it anew")
    func rotated() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push("x")
            try await putAside(harness, by: owner, version: 2)
            let both = Sealer(SealingKeys.forTests("k2", 2, "k1", 1))
            #expect(try await KeyRotation(harness.store, sealer: both).run().jobs == 1)
            #expect(try await KeyRotation(harness.store, sealer: both).run() == KeyRotation.Progress())
            let left = try await harness.redis.send(["LINDEX", .string(harness.keys.prefix + "newer:2"), 0])
            let fresh = Sealer(SealingKeys.forTests("k2", 2))
            #expect(try PutAside(encoded: left.bytes ?? [])?.opened(fresh) == Array("x".utf8))
        }
    }
}

extension SealingKeys {
    /// Keys of one repeated byte each: name and byte in turn.
    fileprivate static func forTests(_ name: String, _ byte: UInt8, _ second: String? = nil, _ other: UInt8 = 0)
        -> SealingKeys
    {
        func line(_ name: String, _ byte: UInt8) -> String {
            name + ":" + Data(repeating: byte, count: 32).base64EncodedString()
        }
        let text = line(name, byte) + (second.map { "\n" + line($0, other) } ?? "")
        guard let keys = try? SealingKeys(text: text) else { preconditionFailure("two good lines") }
        return keys
    }
}

import FleetCore
import Foundation
import Redis
import Synchronization
import Testing

@testable import FleetStore

/// The real budget scripts on a clock that the test sets: clock.lua is replaced by one that reads it from a key, the
/// rest is as in production.
struct BudgetLab: Sendable {
    let harness: StoreHarness
    let limits: BudgetLimits
    let ids = Counter()

    static func with(
        _ configure: @Sendable (inout BudgetLimits) -> Void = { _ in },
        _ body: @escaping @Sendable (BudgetLab) async throws -> Void
    ) async throws {
        var limits = BudgetLimits()
        configure(&limits)
        try await StoreHarness.with { [limits] harness in
            let lab = BudgetLab(harness: harness, limits: limits)
            try await lab.set(Self.epoch)
            try await body(lab)
        }
    }

    /// Begins a generation, and is later than now: hashes expire by the real clock.
    static let epoch = (Int(Date().timeIntervalSince1970 * 1000) / 4_096_000 + 1) * 4_096_000

    private static func onTestClock(_ script: StoreScript) -> RedisScript {
        let clock = """
            local now = tonumber(redis.call('GET', ns .. 'clock'))
            local function digits(number) return string.format('%.0f', number) end
            """
        let loader = ScriptLoader { name in
            name == "clock" ? clock : ScriptText.all[name].map { String(decoding: $0, as: UTF8.self) }
        }
        guard let text = try? loader.load(script.rawValue) else { preconditionFailure("\(script)") }
        return RedisScript(name: script.rawValue, source: text)
    }

    private static let scripts: [StoreScript: RedisScript] = Dictionary(
        uniqueKeysWithValues: [.askBudgets, .closeMailboxes, .announceRates, .reportTenants].map {
            ($0, onTestClock($0))
        })

    func set(_ milliseconds: Int) async throws {
        try await harness.redis.send(["SET", RedisValue(harness.keys.prefix + "clock"), .integer(milliseconds)])
    }

    func call(_ script: StoreScript, _ arguments: [RedisValue], limits: BudgetLimits? = nil) async throws -> RedisReply
    {
        let script = try #require(Self.scripts[script])
        return try await harness.redis.evaluate(
            script, keys: harness.keys.budgets.map { .string($0) },
            arguments: [.string(harness.keys.prefix), .string((limits ?? self.limits).text)] + arguments)
    }

    /// The raw pairs of answers.
    func ask(
        _ asks: [BudgetAsk], releasing releases: [BudgetRelease] = [], learned: [BudgetLesson] = [],
        limits: BudgetLimits? = nil
    ) async throws -> [Told] {
        let arguments = Budgets.arguments(asks, releases, learned)
        let parts = try await call(.askBudgets, arguments, limits: limits).array ?? []
        return stride(from: 0, to: parts.count - 1, by: 2).map { index in
            Told(parts[index].int ?? .min, parts[index + 1].string ?? "\(parts[index + 1].int ?? .min)")
        }
    }

    /// One ask, of a fresh id.
    func ask(
        _ tenant: String = "acme", _ mailboxes: [String] = [], units: Int = 1, places: Int = 1,
        limits: BudgetLimits? = nil
    ) async throws -> Told {
        try await ask([make(tenant, mailboxes, units: units, places: places)], limits: limits)[0]
    }

    func make(
        _ tenant: String = "acme", _ mailboxes: [String] = [], units: Int = 1, places: Int = 1, id: String? = nil
    ) -> BudgetAsk {
        BudgetAsk(
            id: id ?? "g\(ids.next())", tenant: TenantID(tenant), mailboxes: mailboxes, units: units, places: places,
            timeout: .seconds(15))
    }

    /// Every scope, its total, and its buckets as `units@last grant`, times since the epoch; places as
    /// `id x count until`. Which mailboxes were called of late only where it is asked for.
    func state(withCallers: Bool = false) async throws -> [String] {
        let keys = try await harness.redis.send(["KEYS", RedisValue(harness.keys.prefix + "b:*")]).array ?? []
        var texts: [String] = []
        for key in keys.compactMap(\.string).sorted() {
            let generation = (Int(key.split(separator: ":").last ?? "") ?? 0) - Self.epoch / 4_096_000
            for (name, value) in try await harness.redis.send(["HGETALL", RedisValue(key)]).pairs ?? [] {
                guard let name = name.string, let bytes = value.bytes else { continue }
                switch name.first {
                case "k":
                    guard withCallers else { continue }
                    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst()
                    texts.append("\(generation) \(name) \(lines.joined(separator: " "))")
                case "w": texts.append("\(generation) \(name) \(String(decoding: bytes, as: UTF8.self))")
                case "p", "q": texts.append("\(generation) \(name) \(places(bytes))")
                default: texts.append("\(generation) \(name) \(scope(bytes))")
                }
            }
        }
        return texts.sorted()
    }

    private func scope(_ bytes: [UInt8]) -> String {
        let closed = number(bytes[4..<10])
        var text = "\(number(bytes[0..<4]))"
        if closed > 0 { text += " closed \(closed - Self.epoch) x\(bytes[16])" }
        for start in stride(from: 17, to: bytes.count, by: 10) {
            let last = number(bytes[start..<(start + 6)]) - Self.epoch
            text += " \(number(bytes[(start + 6)..<(start + 10)]))@\(last)"
        }
        return text
    }

    private func places(_ bytes: [UInt8]) -> String {
        var texts: [String] = []
        var at = 0
        while at < bytes.count {
            let end = at + 8 + Int(bytes[at + 7])
            let id = String(decoding: bytes[(at + 8)..<end], as: UTF8.self)
            texts.append("\(id) x\(bytes[at + 6]) until \(number(bytes[at..<(at + 6)]) - Self.epoch)")
            at = end
        }
        return texts.joined(separator: ", ")
    }

    private func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}

/// The raw answer to one ask.
struct Told: Sendable, Equatable {
    let wait: Int
    let word: String

    init(_ wait: Int, _ word: String) {
        self.wait = wait
        self.word = word
    }
}

/// Counts up.
final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}

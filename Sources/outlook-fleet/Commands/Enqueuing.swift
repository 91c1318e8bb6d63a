import FleetCore
import FleetStore
import Foundation
import Glibc
import Redis

/// What all forms of `enqueue` share: check, push, and wait.
enum Enqueuing {
    /// Pushes a job made from flags.
    static func push(_ job: Job, _ push: PushFlags.Values, _ reader: SettingsReader) async throws {
        try reader.finish()
        var job = job
        if job.id == nil { job.id = freshID() }
        try await send(try checked(job.payload(), kind: nil), push)
    }

    /// Pushes the payload on standard input, with an id and a kind if it has none.
    static func pushInput(
        _ push: PushFlags.Values, kind: JobKind?, flagsGiven: Bool, _ reader: SettingsReader
    ) async throws {
        var reader = reader
        if flagsGiven { reader.reject("a payload on standard input takes none of the job's flags") }
        try reader.finish()
        try await send(try checked(trimmed(try readInput()), kind: kind), push)
    }

    /// A payload that is a valid job, complete.
    struct Checked: Sendable {
        var bytes: [UInt8]
        var id: JobID
        var tenant: TenantID
    }

    /// Checks a payload as a worker would, so that a mistake shows here and now, and completes it.
    static func checked(_ payload: [UInt8], kind: JobKind?) throws(ProgramError) -> Checked {
        let decoded = JobDecoder().decode(payload, list: kind, now: Date())
        let job: Job
        switch decoded {
        case .failure(let rejection): throw ProgramError(.usage, rejection.error.message)
        case .success(let accepted): job = accepted.job
        }
        for warning in job.warnings { Output.note("outlook-fleet: warning: \(Table.printable(warning))") }
        let id = job.id ?? freshID()
        let names = (try? StrictJSON.parse(payload))?.objectValue
        var missing: [(String, String)] = []
        if job.id == nil { missing.append(("id", id.rawValue)) }
        if names?["kind"] == nil { missing.append(("kind", job.kind.rawValue)) }
        return Checked(bytes: inserting(missing, into: payload), id: id, tenant: job.tenant)
    }

    /// Puts members in front of an object's own; everything else stays byte by byte.
    private static func inserting(_ members: [(String, String)], into payload: [UInt8]) -> [UInt8] {
        guard !members.isEmpty, let brace = payload.firstIndex(of: UInt8(ascii: "{")) else { return payload }
        // A valid job has members of its own, so a comma follows each.
        let text = members.map { "\"\($0.0)\":\"\($0.1)\"," }.joined()
        return payload[...brace] + Array(text.utf8) + payload[(brace + 1)...]
    }

    static func freshID() -> JobID { JobID("cli-\(UUID().uuidString.lowercased())") }

    /// Without the newline that `echo` and editors add.
    private static func trimmed(_ payload: [UInt8]) -> [UInt8] {
        let spaces: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let start = payload.firstIndex { !spaces.contains($0) } ?? payload.endIndex
        return Array(payload[start...].reversed().drop { spaces.contains($0) }.reversed())
    }

    /// At most what a worker takes.
    private static func readInput() throws(ProgramError) -> [UInt8] {
        let limit = JobDecoder.Limits().maximumBytes
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = Glibc.read(0, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(.usage, "standard input") }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }

    private static func send(_ payload: Checked, _ push: PushFlags.Values) async throws {
        let keys = Keys(namespace: push.shared.namespace)
        let status = try await Wiring.withRedis(push.shared) { redis in
            // The stream's end is noted before the push: the result can't come before it.
            let reader = StreamReader(keys.results, redis)
            let end = push.wait == nil ? "" : try await reader.end()
            try await redis.send(["LPUSH", RedisValue(keys.ingress(.general)), .bytes(payload.bytes)])
            guard let limit = push.wait else {
                Output.line(payload.id.rawValue)
                return ProgramStatus.done
            }
            let waiter = ResultWaiter(reader: reader, tenant: payload.tenant, job: payload.id)
            guard let entry = try await waiter.wait(from: end, within: limit, redis) else {
                Output.note("outlook-fleet: job \(payload.id) has no result within \(Units.text(limit))")
                return .tryAgain
            }
            Output.line(entry.json)
            return entry["type"]?.hasSuffix(".succeeded") == true ? .done : .jobFailed
        }
        if status != .done { throw CommandEnd(status: status) }
    }
}

// Goal: many dead letters are replayed or forgotten by what they have in common, and nothing else is. Method: failures
// of several tenants and codes, seen by the commands alone.

import Foundation
import TestSupport
import Testing

@Suite("dead, by filter")
struct DeadTests {
    @Test("dead letters are listed, replayed and forgotten by tenant, kind, code and time; a dry run changes nothing")
    func filters() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            var jobs: [String] = []
            for number in 0..<5 {
                jobs.append(
                    try fleet.push(["kind": "sync", "tenant_id": "acme", "resource_id": .string("r\(number)")]))
            }
            jobs.append(try fleet.push(["kind": "sync", "tenant_id": "globex", "resource_id": "r"]))
            let rejected = try fleet.push(["kind": "explode", "tenant_id": "acme", "id": "bad-1"])
            _ = try await fleet.results(of: jobs + [rejected])

            func listed(_ flags: String...) async throws -> Set<String> {
                let outcome = try await CommandOutcome.run(["dead", "list", "--json"] + flags + fleet.redisFlags)
                #expect(outcome.code == 0, "\(outcome)")
                let letters = JSON(text: outcome.output)?.elements ?? []
                return Set(letters.compactMap { $0["job_id"].string })
            }
            #expect(try await listed("--tenant-id", "globex") == [jobs[5]])
            #expect(try await listed("--kind", "rejected") == ["bad-1"])
            #expect(try await listed("--code", "not_connected") == Set(jobs))
            #expect(try await listed("--since", "1h") == Set(jobs + ["bad-1"]))
            #expect(try await listed("--until", "1h").isEmpty)

            let unnamed = try await fleet.command("dead", "retry")
            #expect(unnamed.code == 64 && unnamed.error.contains("--all"))
            let dry = try await fleet.command("dead", "retry", "--tenant-id", "acme", "--dry-run")
            #expect(dry.code == 0 && dry.error.contains("would retry 6") && dry.output.contains(jobs[0]), "\(dry)")
            #expect(try await listed() == Set(jobs + ["bad-1"]))

            let retry = try await fleet.command(
                "dead", "retry", "--tenant-id", "acme", "--kind", "sync", "--limit", "3")
            #expect(retry.code == 0 && retry.error.contains("retried 3"), "\(retry)")
            let pairs = retry.lines.map { $0.split(separator: " ").map(String.init) }
            #expect(pairs.map { $0[0] } == Array(jobs[..<3]), "the oldest first")
            // They fail again, and name what they retried.
            let again = try await fleet.results(of: pairs.map { $0[1] })
            #expect(again.map { $0.data["retry_of"].string } == jobs[..<3].map { $0 })

            let discard = try await fleet.command("dead", "discard", "--code", "not_connected", "--dry-run")
            #expect(discard.error.contains("would discard 6"), "\(discard)")
            #expect(try await fleet.command("dead", "discard", "--code", "not_connected").code == 0)
            #expect(try await listed() == ["bad-1"])
            #expect(try await fleet.command("dead", "discard", "--all").error.contains("discarded 1"))
            #expect(try await listed().isEmpty)
        }
    }
}

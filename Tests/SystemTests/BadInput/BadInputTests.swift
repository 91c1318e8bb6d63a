// Goal: no payload, however hostile, stops a worker, goes unanswered or is echoed with a secret in it. Method: each
// line of the table is pushed to a real worker and its one entry on the stream is compared with what the contract says
// of it.

import Foundation
import TestSupport
import Testing

@Suite("Bad input")
struct BadInputTests {
    @Test("each payload that is no job ends as one job.rejected that names the field and the reason")
    func rejects() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            var position = "-"
            for payload in BadPayload.all {
                try fleet.probe.call([Array("LPUSH".utf8), Array(fleet.key(payload.list).utf8), payload.bytes])
                let entry = try await fleet.nextResult(after: &position)
                expect(entry, answers: payload)
            }
            #expect(try fleet.results().count == BadPayload.all.count, "nothing was answered twice")
            // The same worker still works.
            let last = try await fleet.run(["kind": "sync", "tenant_id": "acme", "resource_id": "nobody"])
            #expect(last.code == "not_connected")
            #expect(fleet.workers[0].exit == nil)
        }
    }

    private func expect(_ entry: StreamEntry, answers payload: BadPayload) {
        #expect(entry.type == "job.rejected", "\(payload.name): \(entry)")
        #expect(entry.code == payload.code, "\(payload.name)")
        #expect(entry.error["retryable"].bool == false, "\(payload.name)")
        #expect(!entry.jobID.isEmpty, "\(payload.name)")
        if let id = payload.id { #expect(entry.jobID == id, "\(payload.name)") }
        let message = entry.error["message"].string?.lowercased() ?? ""
        for word in payload.says {
            #expect(message.contains(word.lowercased()), "\(payload.name): \(message)")
        }
        let excerpt = entry.data["excerpt"].string ?? "-"
        #expect(excerpt.count <= 200, "\(payload.name)")
        if !payload.bytes.isEmpty { #expect(!excerpt.isEmpty, "\(payload.name)") }
    }

    @Test("the excerpt of a rejected payload shows no token, and no other output does")
    func blanks() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let secrets = ["s3cr3t", "hunter2", "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.x", "correct-horse"]
            let payloads = [
                #"{"kind":"connect","oauth_token":"s3cr3t","resource_id":"r"}"#,
                #"{"kind":"connect","oauth_token":{"access_token":"s3cr3t","refresh_token":"hunter2"}}"#,
                #"{"kind":"connect","extra":"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.x"}"#,
                #"{"kind":"connect","client_SECRET":"hunter2","Password":"correct-horse"}"#,
                #"{"kind":"connect","authorization":"Bearer s3cr3t""#,
                #"{"kind":"connect","oauth\u005ftoken":"s3cr3t"}"#,
            ]
            var position = "-"
            for payload in payloads {
                try fleet.probe.call("LPUSH", fleet.key("jobs"), payload)
                let entry = try await fleet.nextResult(after: &position)
                #expect(entry.type == "job.rejected")
            }
            fleet.keepSecret(secrets[0], secrets[1], secrets[2], secrets[3])
            try fleet.expectNoSecretAnywhere()
        }
    }

    @Test("what is only odd runs: unknown fields, a bad traceparent, 64 levels, exactly 1 MiB, an id of 128")
    func accepts() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let odd: [JSON] = [
                ["extra": 1], ["traceparent": "nonsense"], ["id": .string(String(repeating: "é", count: 128))],
                ["extra": 9.5e300], ["extra": "\u{1F4C5} \u{202E}"],
            ]
            for fields in odd {
                let payload = (["kind": "sync", "tenant_id": "acme", "resource_id": "r"] as JSON).merging(fields)
                let entry = try await fleet.run(payload)
                #expect(entry.type == "sync.failed" && entry.code == "not_connected", "\(fields.text.prefix(60))")
            }
            let head = #"{"kind":"sync","tenant_id":"acme","resource_id":"r","id":"#
            let deep = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
            try fleet.probe.call("LPUSH", fleet.key("jobs"), head + #""deep","extra":"# + deep + "}")
            #expect(try await fleet.result(of: "deep").code == "not_connected")
            let start = head + #""big","extra":""#
            let big = start + String(repeating: "x", count: 1_048_576 - start.utf8.count - 2) + "\"}"
            try fleet.probe.call("LPUSH", fleet.key("jobs"), big)
            #expect(try await fleet.result(of: "big").code == "not_connected")
        }
    }

    @Test("unknown fields and a malformed traceparent come back as warnings of a job that succeeds or fails")
    func warns() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let entry = try await fleet.run([
                "kind": "sync", "tenant_id": "acme", "resource_id": "r", "colour": "red", "traceparent": "00-zz",
            ])
            let warnings = entry.data["warnings"].elements.compactMap(\.string).joined(separator: "\n")
            #expect(warnings.contains("colour"))
            #expect(warnings.contains("traceparent"))
        }
    }

    @Test("an id seen before ends as job.duplicate and doesn't run; the id of a rejected payload is still free")
    func duplicates() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            var position = "-"
            try fleet.probe.call("LPUSH", fleet.key("jobs"), #"{"id":"one","tenant_id":"acme","kind":"explode"}"#)
            #expect(try await fleet.nextResult(after: &position).type == "job.rejected")
            let good = #"{"id":"one","tenant_id":"acme","kind":"sync","resource_id":"r"}"#
            try fleet.probe.call("LPUSH", fleet.key("jobs"), good)
            #expect(try await fleet.nextResult(after: &position).type == "sync.failed")
            for _ in 0..<2 {
                try fleet.probe.call("LPUSH", fleet.key("jobs"), good)
                let entry = try await fleet.nextResult(after: &position)
                #expect(entry.type == "job.duplicate" && entry.jobID == "one" && entry.data["of"].string == "one")
            }
            // Ids are per tenant.
            let other = #"{"id":"one","tenant_id":"globex","kind":"sync","resource_id":"r"}"#
            try fleet.probe.call("LPUSH", fleet.key("jobs"), other)
            #expect(try await fleet.nextResult(after: &position).type == "sync.failed")
        }
    }
}

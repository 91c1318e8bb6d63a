// Goal: scripts are put together as written, and a mistake in them is found by name. Method: small texts, and the real
// ones.
import Foundation
import Redis
import TestSupport
import Testing

@testable import FleetStore

@Suite("Scripts")
struct ScriptTests {
    private func loader(_ texts: [String: String]) -> ScriptLoader { ScriptLoader { texts[$0] } }

    @Test("an include line is replaced by the include's text, once, what it needs first")
    func includes() throws {
        let texts = [
            "main": "-- @include \"a\"\n-- @include \"b\"\nreturn a + b", "a": "local a = 1",
            "b": "-- @include \"a\"\nlocal b = 2",
        ]
        #expect(try loader(texts).load("main") == "local a = 1\nlocal b = 2\nreturn a + b")
    }

    @Test("a cycle of includes is refused with its path")
    func cycle() {
        let texts = ["main": "-- @include \"a\"", "a": "-- @include \"b\"", "b": "-- @include \"a\""]
        #expect(throws: ScriptLoader.Fault.cycle(["main", "a", "b", "a"])) { try loader(texts).load("main") }
    }

    @Test("an include that doesn't exist is refused by name")
    func unknown() {
        #expect(throws: ScriptLoader.Fault.unknown("nowhere")) {
            try loader(["main": "-- @include \"nowhere\""]).load("main")
        }
    }

    @Test(
        "only a whole line is an include",
        arguments: ["--@include \"a\"", "-- @include a", " -- @include \"a\"", "-- @include \"\""])
    func lines(line: String) {
        #expect(ScriptLoader.included(by: line[...]) == nil)
    }

    @Test("every script of the enum is put together, and Redis compiles it", arguments: StoreScript.allCases)
    func compiles(script: StoreScript) async throws {
        try await StoreHarness.with { harness in
            let reply = try await harness.redis.send(["SCRIPT", "LOAD", .string(script.script.source)])
            #expect(reply.string == script.script.sha1)
        }
    }

    @Test("every file of Scripts is in the list of texts, and every script in the enum")
    func complete() throws {
        let room = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/FleetStore/Scripts")
        func names(_ folder: URL) throws -> Set<String> {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            return Set(files.filter { $0.hasSuffix(".lua") }.map { String($0.dropLast(4)) })
        }
        let scripts = try names(room)
        #expect(Set(StoreScript.allCases.map(\.rawValue)) == scripts)
        #expect(try Set(ScriptText.all.keys) == scripts.union(names(room.appending(path: "includes"))))
    }

    @Test("the keys that Swift hands over are those that the scripts name, in their order")
    func keysAgree() throws {
        let keys = Keys(namespace: "n")
        let names = try ["queueKeys", "intakeKeys"].map { name in
            try #require(ScriptText.all[name].map { String(decoding: $0, as: UTF8.self) })
        }
        let queue = [
            "fence", "head", "more", "tick", "due", "owners", "conn", "results", "changes", "dead", "wake", "held",
            "debt", "mixed", "void",
        ]
        #expect(keys.queue == (queue + ["ring:h", "ring:n", "ring:l"]).map { "n:" + $0 })
        #expect(names[0].contains("unpack(KEYS, 1, \(queue.count))"))
        #expect(names[0].contains("{ h = KEYS[16], n = KEYS[17], l = KEYS[18] }"))
        #expect(keys.intake.count == 29 && names[1].contains("KEYS[29]") && !names[1].contains("KEYS[30]"))
        #expect(keys.intake.suffix(2) == ["n:taken:disconnect", "n:jobs:disconnect"])
        #expect(keys.intake[23] == "n:taken" && keys.intake[24] == "n:jobs")
    }

    // Redis finds a missing function only when the line runs.
    @Test("every function that a script calls stands above the call", arguments: StoreScript.allCases)
    func functionsStandAbove(script: StoreScript) {
        var known: Set<Substring> = [
            "unpack", "tonumber", "tostring", "ipairs", "pairs", "type", "error", "function", "and", "or", "not", "if",
            "in",
            "return", "elseif", "visit",
        ]
        for line in script.script.source.split(separator: "\n") where !line.hasPrefix("--") {
            if let name = line.firstMatch(of: #/local function (\w+)/#) { known.insert(name.1) }
            let code = line.replacing(#/'[^']*'/#, with: "''").replacing(#/--.*/#, with: "")
            for call in code.matches(of: #/(?<before>[.:\w]?)\b(?<name>[a-zA-Z]\w*)\(/#)
            where call.before.isEmpty { #expect(known.contains(call.name), "\(script.rawValue): \(line)") }
        }
    }
}

// Goal: the commands that measure the queue go on working, and a claim costs the same whatever waits. Method: the small
// bound of what is published for a million lanes.

import Foundation
import TestSupport
import Testing

@Suite("scripts/bench")
struct BenchTests {
    @Test("claims: as dear at 20,000 lanes as at 10, and a waiting job takes less than is allowed")
    func claims() async throws {
        let child = try ChildProcess(
            Repository.path("scripts/bench"), ["claims", "--lanes", "10,20000", "--tenants", "2000", "--json"])
        let exit = try await child.waitForExit(within: .seconds(120))
        let figures = child.lines().last.flatMap { JSON(text: $0) } ?? .null
        #expect(exit == .code(0), "\(child.transcript)")
        func number(_ name: String) -> Double {
            if case .number(let value) = figures[name] { value } else { .infinity }
        }
        let (few, many) = (number("10 lanes, claim of 1: us"), number("20000 lanes, claim of 1: us"))
        // Medians of one and the same machine in the same minute: half again is noise and cache, not growth.
        #expect(many < few * 2, "\(figures.text)")
        let bytes = number("20000 lanes: bytes a waiting job")
        #expect(bytes <= number("20000 lanes: bytes allowed (2 payloads + 300)"), "\(figures.text)")
    }
}

/// Files of this repository.
enum Repository {
    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: name).path
    }
}

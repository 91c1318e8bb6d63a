import Reactor
import Testing

@Suite("Deadlines and bells")
struct DeadlineTests {
    private struct Late: Error {}
    private struct Other: Error {}

    @Test("a body that is in time returns its value")
    func inTime() async throws {
        try await withReactor { reactor in
            let value = try await withDeadline(.seconds(60), on: reactor) { 7 }
            #expect(value == 7)
        }
    }

    @Test("a body that waits too long is cancelled and the given error thrown")
    func late() async throws {
        try await withReactor { reactor in
            await #expect(throws: Late.self) {
                try await withDeadline(.milliseconds(5), on: reactor, throwing: Late()) {
                    try await reactor.sleep(for: .seconds(60))
                }
            }
        }
    }

    @Test("a body's own error comes through")
    func ownError() async throws {
        try await withReactor { reactor in
            await #expect(throws: Other.self) {
                try await withDeadline(.seconds(60), on: reactor, throwing: Late()) { throw Other() }
            }
        }
    }

    @Test("a value that comes after the deadline is not lost")
    func lateValue() async throws {
        try await withReactor { reactor in
            let value = try await withDeadline(.milliseconds(2), on: reactor) {
                try? await reactor.sleep(for: .seconds(60))
                return 7
            }
            #expect(value == 7)
        }
    }

    @Test("a bell is remembered until the next wait, and rings before it are one")
    func bellRemembered() async throws {
        try await withReactor { reactor in
            let bell = Bell()
            bell.ring()
            bell.ring()
            let first = try await bell.wait(for: .seconds(60), on: reactor)
            let second = try await bell.wait(for: .milliseconds(2), on: reactor)
            #expect(first && !second)
        }
    }

    @Test("a bell wakes the waiting task, and cancelling ends the wait")
    func bellWakes() async throws {
        try await withReactor { reactor in
            let bell = Bell()
            async let waited: Void = bell.wait()
            await Task.yield()
            bell.ring()
            try await waited
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await #expect(throws: CancellationError.self) { try await bell.wait() } }
                await Task.yield()
                group.cancelAll()
            }
        }
    }
}

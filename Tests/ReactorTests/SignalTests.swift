import Glibc
import Reactor
import Testing

@Suite("Unix signals", .serialized)
struct SignalTests {
    @Test("a caught signal arrives on the stream and does not end the process")
    func caught() async throws {
        try await withReactor { reactor in
            let signals = try UnixSignals.stream([SIGUSR1, SIGUSR2], on: reactor)
            kill(getpid(), SIGUSR1)
            var iterator = signals.makeAsyncIterator()
            #expect(await iterator.next() == SIGUSR1)
            kill(getpid(), SIGUSR2)
            #expect(await iterator.next() == SIGUSR2)
        }
    }

    @Test("a signal that cannot be caught is an error")
    func notCatchable() async throws {
        try await withReactor { reactor in
            #expect(throws: ReactorError.self) { try UnixSignals.stream([SIGKILL], on: reactor) }
        }
    }
}

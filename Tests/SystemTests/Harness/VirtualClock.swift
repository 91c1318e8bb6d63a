// The clock of a fleet whose days pass in moments: a jump is there for redis-server, workers, gateways and the
// simulator at once (Fixtures/clock.c, preloaded). Monotonic clocks go on as always, so a jump is to the programs what
// waking up from a suspended machine is: what a wall clock says comes due at once, leases of the sleepers run out.
//
// Days are lived through by many small jumps, not skipped by one: see ``Fleet/pass(_:step:_:)``.

import Foundation
import Synchronization
import TestSupport

final class VirtualClock: Sendable {
    private let directory: TemporaryDirectory
    private let offset = Mutex<Int64>(0)

    init() async throws {
        directory = try TemporaryDirectory()
        guard let source = Bundle.module.path(forResource: "clock.c", ofType: nil, inDirectory: "Fixtures") else {
            throw TestSupportError("no fixture")
        }
        // The compiler that every Swift toolchain brings along.
        try await runProgram("clang", ["-O1", "-shared", "-fPIC", "-o", directory.file("clock.so"), source])
        try write(0)
    }

    /// What a program needs in its environment to live by this clock.
    var environment: [String: String] {
        ["LD_PRELOAD": directory.file("clock.so"), "TEST_CLOCK_FILE": directory.file("offset")]
    }

    /// The time by this clock.
    var now: Date { Date().addingTimeInterval(Double(offset.withLock { $0 }) / 1e9) }

    /// Moves it on, for all programs at once.
    func advance(by step: Duration) throws {
        try offset.withLock { offset in
            offset += Int64(step / .nanoseconds(1))
            try write(offset)
        }
    }

    private func write(_ value: Int64) throws {
        let file = open(directory.file("offset"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestSupportError("cannot write the clock") }
        defer { close(file) }
        var value = value
        guard pwrite(file, &value, 8, 0) == 8 else { throw TestSupportError("cannot write the clock") }
    }
}

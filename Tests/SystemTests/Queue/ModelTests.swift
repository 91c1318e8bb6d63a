// Goal: the lease protocol holds in every order of events within a bound, and the model would notice if it didn't.
// Method: scripts/model-check with and without the fence check in the model.

import Foundation
import TestSupport
import Testing

@Suite("Model of the lease")
struct ModelTests {
    private static let isInstalled = ["spin", "gcc"].allSatisfy { program in
        ["/usr/bin/", "/usr/local/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + program) }
    }

    private func check(_ arguments: String...) async throws -> (ChildExit, [String]) {
        let child = try ChildProcess(Repository.path("scripts/model-check"), arguments)
        let exit = try await child.waitForExit(within: .seconds(300))
        return (exit, child.lines(.standardOutput) + child.lines(.standardError))
    }

    @Test(
        "one outcome a job, growing fences, no job lost: in every order of claims, reaps, deaths and lost replies",
        .enabled(if: ModelTests.isInstalled, "needs spin and gcc: scripts/model-check installs them"))
    func holds() async throws {
        let (exit, lines) = try await check()
        #expect(exit == .code(0), "\(lines)")
        #expect(lines.contains { $0.contains("errors: 0") })
    }

    @Test(
        "without the fence check the model finds a second outcome",
        .enabled(if: ModelTests.isInstalled, "needs spin and gcc: scripts/model-check installs them"))
    func fails() async throws {
        let (exit, lines) = try await check("--without-fence")
        #expect(exit == .code(1), "\(lines)")
        #expect(lines.contains { $0.contains("assertion violated") })
    }
}

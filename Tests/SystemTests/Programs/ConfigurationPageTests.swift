// Goal: the page of commands and flags is what the program says of itself. Method: made again and compared.

import Foundation
import TestSupport
import Testing

@Suite("The page of commands and flags")
struct ConfigurationPageTests {
    @Test("it is up to date")
    func upToDate() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = root.appending(path: "Sources/FleetCore/Documentation.docc/Configuration.md")
        let script = root.appending(path: "scripts/lib/configuration_page.py").path()
        let made = try await runProgram("python3", [script, Executables.fleet])
        let kept = try String(contentsOf: page, encoding: .utf8)
        let lines = made.split(separator: "\n")
        let difference = lines.difference(from: kept.split(separator: "\n"))
        #expect(
            difference.isEmpty,
            "make it again: scripts/lib/configuration_page.py .build/debug/outlook-fleet > \(page.lastPathComponent)")
    }
}

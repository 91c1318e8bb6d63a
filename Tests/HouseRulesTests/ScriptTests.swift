// Goal: shell scripts that stop at the first fault and explain themselves. Method: their text, and the README's names.
import Testing

@Suite("House rules: scripts and pages")
struct ScriptTests {
    private static func scripts() -> [SourceFile] {
        SourceTree.files(below: ["scripts", "deploy"]).filter {
            // healthcheck is for images where only bash is sure to be, and answers by its exit code alone.
            $0.lines.first?.hasPrefix("#!") == true && $0.lines.first?.contains("bash") == true
                && $0.name != "healthcheck" && !$0.path.contains("/lib/")
        }
    }

    @Test("every script exists, can be run, stops at a fault and has --help")
    func habits() {
        #expect(Self.scripts().count > 12)
        for file in Self.scripts() {
            #expect(SourceTree.isExecutable(file.path), "\(file.path): chmod +x")
            #expect(file.lines.first == "#!/usr/bin/env bash", "\(file.path):1")
            #expect(file.lines.contains("set -euo pipefail"), "\(file.path): set -euo pipefail")
            #expect(
                file.path.contains("examples/") || file.lines.contains { $0.contains("--help") }, "\(file.path): --help"
            )
        }
        #expect(SourceTree.isExecutable(".ci/run"))
    }

    @Test("a path of the tree that a page names in backquotes exists")
    func pathsExist() throws {
        let readme = try #require(SourceTree.file("README.md"))
        let docs = SourceTree.files(below: ["Sources/FleetCore/Documentation.docc"])
        for page in [readme] + docs {
            for (index, line) in page.lines.enumerated() {
                for path in Self.paths(in: line) where !SourceTree.exists(path) {
                    Issue.record(
                        "\(page.finding(index + 1, "names \(path), which isn't there", "name the file as it is"))")
                }
            }
        }
    }

    @Test("a path is told from other words")
    func tellsPaths() {
        let line: Substring =
            "see `Sources/FleetStore/Keys.swift`, `scripts/test --repeat 3 X`, `outlook:jobs` and `Sources/*/X`"
        #expect(Self.paths(in: line) == ["Sources/FleetStore/Keys.swift", "scripts/test"])
    }

    /// Backquoted words that begin with a folder of ours; options after a script's name are cut off.
    private static func paths(in line: Substring) -> [String] {
        let quoted = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }
        return quoted.compactMap { _, text in
            guard let path = text.split(separator: " ").first.map(String.init) else { return nil }
            let isOurs = ["Sources/", "Tests/", "scripts/", "deploy/"].contains { path.hasPrefix($0) }
            return isOurs && !path.contains("*") && !path.contains("<") ? path : nil
        }
    }

    @Test("every log message from info up stands in the operator's table")
    func logMessages() throws {
        let page = try #require(SourceTree.file("Sources/FleetCore/Documentation.docc/Signals.md"))
        let rows = Set(page.lines.compactMap { line in line.split(separator: "|").dropFirst().first?.trimmingSpaces })
        var count = 0
        for file in SourceTree.files(below: ["Sources"]) where file.isSwift {
            let text = file.lines.joined(separator: "\n")
            for match in text.matches(of: /\.event\(\s*\.(info|notice|warning|error|critical),\s*"([^"]+)"/) {
                count += 1
                guard !rows.contains(String(match.output.2)) else { continue }
                Issue.record("\(file.finding(1, "logs \"\(match.output.2)\"", "a row for it in Signals.md"))")
            }
        }
        #expect(count > 20, "the pattern finds no log lines any more")
    }

    @Test("metric names stand in one list only")
    func metricNames() {
        for file in SourceTree.files(below: ["Sources"]) where file.isSwift && file.name != "FleetMetric.swift" {
            for (index, line) in file.lines.enumerated() where line.contains("\"outlook_fleet_") {
                Issue.record("\(file.finding(index + 1, "spells a metric's name", "a case of FleetMetric"))")
            }
        }
    }
}

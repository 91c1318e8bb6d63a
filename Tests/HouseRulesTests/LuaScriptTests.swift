// Goal: a script can be read without its caller. Method: its header names every key and argument that its code uses.
import Testing

@Suite("House rules: Lua scripts")
struct LuaScriptTests {
    @Test("every script has a header: purpose, keys, arguments, returns, cost")
    func headers() {
        expectNone(SourceTree.files(below: ["Sources"]).filter(\.isLua).flatMap(Self.findings))
    }

    @Test("script names are unique: they are embedded without their folders")
    func unique() {
        let scripts = SourceTree.files(below: ["Sources"]).filter(\.isLua)
        for (name, files) in Dictionary(grouping: scripts, by: \.name) where files.count > 1 {
            Issue.record("\(name) stands in \(files.map(\.path)): one name, one script")
        }
    }

    @Test("what a header leaves out is found")
    func finds() {
        let good =
            "-- Renews.\n-- KEYS[1] hash\n-- ARGV[1] ms\n-- Returns 1.\n-- Cost: O(1).\nlocal k, a = KEYS[1], ARGV[1]\n"
        let file = { SourceFile(path: "Sources/FleetStore/Scripts/renew.lua", text: $0) }
        #expect(Self.findings(in: file(good)).isEmpty)
        #expect(Self.findings(in: file("local k = KEYS[1]\n")).count == 4)
        #expect(Self.findings(in: file(good + "redis.call('DEL', KEYS[2])\n")).map(\.line) == [7])
    }

    private static func findings(in file: SourceFile) -> [Finding] {
        let header = file.lines.prefix { $0.hasPrefix("--") }
        let text = header.joined(separator: "\n")
        var findings: [Finding] = []
        func need(_ found: Bool, line: Int = 1, _ problem: String, _ remedy: String) {
            if !found { findings.append(file.finding(line, problem, remedy)) }
        }
        need(!header.isEmpty, "has no header", "begin with `--` and what it is for")
        guard !file.path.contains("/includes/") else { return findings }
        need(text.lowercased().contains("return"), "the header tells no returns", "`-- Returns: ...` and their sense")
        need(text.lowercased().contains("cost"), "the header tells no cost", "`-- Cost: ...`")
        var told: Set<String> = []
        for (index, line) in file.lines.enumerated().dropFirst(header.count) {
            // A header may go on with `· [3] lane` on the line of its ARGV[2].
            for name in numbered(line) where !text.contains(name.drop { $0 != "[" }) && told.insert(name).inserted {
                need(false, line: index + 1, "\(name) isn't in the header", "say its type, shape and unit there")
            }
        }
        return findings
    }

    /// `KEYS[3]` and `ARGV[1]` of a line, comments left out.
    private static func numbered(_ line: Substring) -> [String] {
        let code = line.firstRange(of: "--").map { line[..<$0.lowerBound] } ?? line
        return ["KEYS[", "ARGV["].flatMap { opening in
            code.ranges(of: opening).compactMap { range -> String? in
                let number = code[range.upperBound...].prefix { $0.isNumber }
                return number.isEmpty ? nil : "\(opening)\(number)]"
            }
        }
    }
}

// Goal: calls that the house has a better way for. Method: code without comments and strings, searched for a list.
import Testing

@Suite("House rules: banned calls")
struct BannedCallTests {
    @Test("no file writes a banned call")
    func none() {
        expectNone(SourceTree.files().filter(\.isSwift).flatMap(Self.findings))
    }

    @Test("at most one class per room is @unchecked Sendable")
    func oneConfinedClass() {
        var classes: [String: [String]] = [:]
        for file in SourceTree.files(below: ["Sources"]) where file.isSwift {
            for (index, line) in SwiftCode.lines(of: file).enumerated() where line.contains("@unchecked Sendable") {
                classes[file.room, default: []].append("\(file.path):\(index + 1)")
            }
        }
        for (room, places) in classes {
            #expect(places.count <= 1, "\(room): \(places) -> one loop-bound class per room, the rest values")
        }
    }

    @Test(
        "a banned call is found, in code only",
        arguments: [
            ("        try await Task.sleep(for: .seconds(1))", true), ("    Task { await run() }", true),
            ("    let value = try! make()", true), ("    print(line)", true), ("    let x = y as! Int", true),
            ("final class Loop: @unchecked Sendable {", true), ("    public func x() {}", true),
            ("    // Task { } is banned", false), ("    let text = \"print(\"", false), ("    blueprint(of: x)", false),
            ("    let x = #\"try! \"as!\" \"#", false), ("    withTaskGroup { group in group.addTask { } }", false),
            ("    /* Task.sleep */ let x = 1", false),
        ])
    func finds(line: String, banned: Bool) {
        let file = SourceFile(path: "Sources/FleetWorker/X.swift", text: line)
        #expect(Self.findings(in: file).isEmpty == !banned)
    }

    private static func findings(in file: SourceFile) -> [Finding] {
        let banned = BannedCall.all.filter { $0.applies(to: file) }
        return SwiftCode.lines(of: file).enumerated().flatMap { index, line in
            banned.filter { $0.isWritten(in: line) }.map { file.finding(index + 1, "writes `\($0.text)`", $0.remedy) }
        }
    }
}

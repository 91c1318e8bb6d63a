// Goal: whatever leaves its room says what it does. Method: each `package` declaration has `///` right above it.
import Testing

@Suite("House rules: documentation")
struct DocumentationTests {
    @Test("every package declaration has a doc comment")
    func documented() {
        let files = SourceTree.files(below: ["Sources", "Tests/TestSupport"]).filter(\.isSwift)
        expectNone(files.flatMap(Self.undocumented))
    }

    @Test("a declaration without one is found, below attributes too")
    func findsUndocumented() {
        let text = """
            package import Logging
            /// Fine.
            @discardableResult
            package func one() {}

            package struct Two {
                @inlinable package static func three() {}
                /// Fine.
                package var four: Int
            }
            package extension Two {}
            /// Too far away.

            package let five = 5
            """
        let file = SourceFile(path: "Sources/Reactor/X.swift", text: text)
        #expect(Self.undocumented(in: file).map(\.line) == [6, 7, 14])
    }

    private static let kinds: Set<String> = [
        "func", "var", "let", "struct", "class", "enum", "actor", "protocol", "typealias", "init", "subscript",
    ]

    private static func undocumented(in file: SourceFile) -> [Finding] {
        SwiftCode.lines(of: file).enumerated().compactMap { index, line in
            guard declaresPackage(line), !hasComment(above: index, in: file) else { return nil }
            let declaration = line.trimmingSpaces
            return file.finding(
                index + 1, "`\(declaration)` has no doc comment", "say in `///` what it does, and its unit")
        }
    }

    private static func declaresPackage(_ line: String) -> Bool {
        let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" }
        guard let place = words.firstIndex(of: "package"), words[..<place].allSatisfy({ $0 != "import" }) else {
            return false
        }
        return words[place...].dropFirst().prefix(6).contains { kinds.contains(String($0)) }
            && !words.contains("import") && !words[place...].dropFirst().prefix(2).contains("extension")
    }

    /// Attributes may stand between a comment and its declaration.
    private static func hasComment(above index: Int, in file: SourceFile) -> Bool {
        var place = index - 1
        while place >= 0, file.lines[place].trimmingSpaces.hasPrefix("@") { place -= 1 }
        return place >= 0 && file.lines[place].trimmingSpaces.hasPrefix("///")
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

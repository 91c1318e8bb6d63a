// Goal: files and lines that fit a screen, nothing left for later without saying when. Method: counting.
import Testing

@Suite("House rules: sizes and marks")
struct SizeTests {
    private static let longestLine = 120
    private static let longestFile = 600
    // In two halves, so that this file doesn't find itself.
    private static let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

    private static func files() -> [SourceFile] {
        SourceTree.files(below: ["Sources", "Tests", "scripts"]).filter { file in
            !file.path.contains("/Fixtures/") && !file.path.hasSuffix(".md") && !file.path.hasSuffix(".json")
        }
    }

    @Test("no line is longer than 120 characters")
    func lines() {
        expectNone(
            Self.files().flatMap { file in
                file.lines.enumerated().filter { $0.element.count > Self.longestLine }.map { index, line in
                    file.finding(index + 1, "\(line.count) characters", "break it at \(Self.longestLine)")
                }
            })
    }

    @Test("no file is longer than 600 lines")
    func length() {
        expectNone(
            Self.files().filter { $0.lines.count > Self.longestFile }.map { file in
                file.finding(file.lines.count, "\(file.lines.count) lines", "one file per concern")
            })
    }

    @Test("nothing is left for later in a comment")
    func noMarks() {
        expectNone(
            Self.files().flatMap { file in
                file.lines.enumerated().filter { Self.hasMark($0.element) }.map { index, line in
                    file.finding(index + 1, "a mark: \(line.trimmingSpaces)", "do it, or say what is missing and why")
                }
            })
    }

    @Test("a mark is a word of its own", arguments: [("// TO" + "DO: later", true), ("let todo = to" + "DO", false)])
    func marks(line: String, found: Bool) {
        #expect(Self.hasMark(Substring(line)) == found)
    }

    @Test("no placeholder is left")
    func placeholders() {
        let files = SourceTree.files().filter { $0.name.lowercased().hasPrefix("placeholder") }
        expectNone(files.map { $0.finding(1, "is a placeholder", "delete it") })
    }

    private static func hasMark(_ line: Substring) -> Bool {
        let words = line.split { !($0.isLetter || $0.isNumber) }
        return marks.contains { words.contains(Substring($0)) }
    }
}

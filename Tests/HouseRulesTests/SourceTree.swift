import Foundation
import Testing

/// One thing that breaks a rule: where, what, and what to write instead.
struct Finding: CustomStringConvertible, Equatable {
    var file: String
    var line: Int
    var problem: String
    var remedy: String

    var description: String { "\(file):\(line): \(problem) -> \(remedy)" }
}

/// A text file of the package.
struct SourceFile {
    /// Relative to the package's root.
    var path: String
    var lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// `Sources/Redis/RedisURL.swift` -> `Redis`
    var room: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    var isProduct: Bool { path.hasPrefix("Sources/") }
    var isSwift: Bool { path.hasSuffix(".swift") }
    var isLua: Bool { path.hasSuffix(".lua") }

    func finding(_ line: Int, _ problem: String, _ remedy: String) -> Finding {
        Finding(file: path, line: line, problem: problem, remedy: remedy)
    }
}

/// The package as it lies on disk, found from the place of this file.
enum SourceTree {
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Every text file below these folders of the root, sorted; build products and hidden files left out.
    static func files(below folders: [String] = ["Sources", "Tests"]) -> [SourceFile] {
        var paths: [String] = []
        for folder in folders {
            let enumerator = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
            while let path = enumerator?.nextObject() as? String { paths.append("\(folder)/\(path)") }
        }
        return paths.sorted().compactMap(file)
    }

    /// One file; nil for folders, hidden files and what isn't UTF-8.
    static func file(_ path: String) -> SourceFile? {
        let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "__pycache__" }
        guard !isHidden, let data = FileManager.default.contents(atPath: "\(root)/\(path)") else { return nil }
        return String(data: data, encoding: .utf8).map { SourceFile(path: path, text: $0) }
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(root)/\(path)")
    }

    static func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: "\(root)/\(path)")
    }
}

/// One issue that lists every finding, each on a line of its own as compilers print them.
func expectNone(_ findings: some Sequence<Finding>, sourceLocation: SourceLocation = #_sourceLocation) {
    let lines = findings.map(\.description)
    guard !lines.isEmpty else { return }
    Issue.record("\(lines.count) findings\n\(lines.joined(separator: "\n"))", sourceLocation: sourceLocation)
}

// Goal: a command that a page shows is one that the program takes. Method: every line of a code block that begins with
// the program's name is parsed, with all its flags, by the program's own parser.
import ArgumentParser
import FleetCore
import Foundation
import Testing

@testable import outlook_fleet

@Suite("Commands in pages")
struct ReadmeTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func pages() throws -> [URL] {
        let docs = root.appending(path: "Sources/FleetCore/Documentation.docc")
        let pages = try FileManager.default.contentsOfDirectory(at: docs, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "md" }
        return [root.appending(path: "README.md")] + pages
    }

    @Test("each command of README and documentation parses")
    func parses() throws {
        var count = 0
        for page in try Self.pages() {
            for command in Self.commands(in: try String(contentsOf: page, encoding: .utf8)) {
                count += 1
                do {
                    _ = try OutlookFleet.parseAsRoot(command)
                } catch {
                    Issue.record("\(page.lastPathComponent): outlook-fleet \(command.joined(separator: " ")): \(error)")
                }
            }
        }
        #expect(count >= 5)
    }

    @Test("each payload of README is a job, without a warning; the settings' defaults are the program's")
    func payloads() throws {
        let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        func job(_ payload: some StringProtocol) throws -> Job {
            try JobDecoder().decode(Array(payload.utf8), list: nil, now: Date()).get().job
        }
        let payloads = readme.matches(of: /(?ms)^redis-cli LPUSH outlook:jobs '(\{.*?\})'$/).map(\.output.1)
        #expect(payloads.count == 5)
        for payload in payloads { #expect(try job(payload).warnings.isEmpty, "\(payload)") }
        let rows = readme.matches(of: /\n\| `([a-z_]+)`(?:, `([a-z_]+)`)? \| `(["{tf][^`]*)` \|/).map(\.output)
        let names = rows.flatMap { [$0.1, $0.2].compactMap { $0 } }
        #expect(
            names == [
                "direction", "frequency", "window", "tentative_blocks", "private_titles", "buffer_before",
                "buffer_after",
            ])
        let settings = rows.flatMap { row in [row.1, row.2].compactMap { $0 }.map { "\"\($0)\":\(row.3)" } }
        let connect = try job(
            #"{"kind":"connect","tenant_id":"t","resource_id":"r","oauth_token":"x","settings":{"#
                + settings.joined(separator: ",") + "}}")
        guard case .connect(let request) = connect.request else { return }
        #expect(connect.warnings.isEmpty && request.settings == ConnectionSettings())
    }

    /// Arguments of the commands in a page's code blocks; a line that ends in a backslash goes on in the next.
    static func commands(in page: String) -> [[String]] {
        var isCode = false
        var lines: [String] = []
        var isContinued = false
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isCode.toggle() }
            guard isCode else { continue }
            let text = line.hasSuffix("\\") ? line.dropLast() : line
            if isContinued { lines[lines.count - 1] += text } else { lines.append(String(text)) }
            isContinued = line.hasSuffix("\\")
        }
        return lines.compactMap { line in
            guard let start = line.firstRange(of: "outlook-fleet ") else { return nil }
            let before = line[..<start.lowerBound].trimmingCharacters(in: .whitespaces)
            guard ["", "$", "(umask 077;"].contains(before) else { return nil }
            let words = words(String(line[start.upperBound...]))
            // A drawing of the rooms names the program too.
            return words.first == "graph-simulator" ? nil : words
        }
    }

    /// As a shell splits them, up to a redirection, a pipe or a comment.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if ">|;#)&".contains(character) {
                break
            } else if character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    @Test("commands are found in code blocks only, whole")
    func finds() {
        let page =
            "outlook-fleet no\n```\n$ outlook-fleet results --group 'a b' > x\nls\noutlook-fleet \\\n  status\n```"
        #expect(Self.commands(in: page) == [["results", "--group", "a b"], ["status"]])
    }
}

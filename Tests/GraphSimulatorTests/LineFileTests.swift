import Foundation
import Synchronization
import Testing

@testable import GraphSimulator

/// Goal: a log with holes says so. Method: the file that is always full, then one that isn't.
@Suite struct LineFileTests {
    @Test("a full disk is told once, on which lines are missing")
    func full() throws {
        let said = Mutex<[String]>([])
        var file = LineFile(try #require(FileHandle(forWritingAtPath: "/dev/full")), path: "x.log") { text in
            said.withLock { $0.append(text) }
        }
        for number in 0..<3 { file.write(["line": JSON(number)]) }
        #expect(file.missing == 3)
        #expect(said.withLock(\.count) == 1)
        #expect(said.withLock(\.self).first?.hasPrefix("can't write to x.log, lines are missing from here on") == true)
    }

    @Test("lines that can be written are there, and nothing is said")
    func fine() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "line-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = try LineFile(path: path)
        for number in 0..<2 { file.write(["line": JSON(number)]) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "{\"line\":0}\n{\"line\":1}\n")
    }
}

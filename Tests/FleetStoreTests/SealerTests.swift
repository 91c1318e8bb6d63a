// Goal: what is sealed opens where it belongs and nowhere else. Method: values; key files in a temporary directory.
import Foundation
import Glibc
import TestSupport
import Testing

@testable import FleetStore

@Suite("Sealing")
struct SealerTests {
    private static func keys(_ ids: String...) throws -> SealingKeys {
        let lines = ids.enumerated().map { index, id in
            "\(id):" + Data(repeating: UInt8(index + 1), count: 32).base64EncodedString()
        }
        return try SealingKeys(text: lines.joined(separator: "\n"))
    }

    @Test("a secret opens under the same key, purpose and id, and is one line of ASCII")
    func opens() throws {
        let sealer = Sealer(try Self.keys("k1"))
        let sealed = sealer.seal(Array("tok\u{0}en".utf8), .job, id: "acme:a")
        #expect(sealed.hasPrefix("k1:") && sealed.allSatisfy { $0.isASCII && !$0.isWhitespace })
        #expect(try sealer.open(sealed, .job, id: "acme:a") == Array("tok\u{0}en".utf8))
        #expect(sealer.seal([1], .job, id: "acme:a") != sealer.seal([1], .job, id: "acme:a"))
    }

    @Test("it opens for no other id, no other purpose, and not when a byte is changed")
    func forged() throws {
        let sealer = Sealer(try Self.keys("k1"))
        let sealed = sealer.seal([1, 2, 3], .job, id: "acme:a")
        #expect(throws: Sealer.Fault.forged) { try sealer.open(sealed, .job, id: "acme:b") }
        #expect(throws: Sealer.Fault.forged) { try sealer.open(sealed, .credential, id: "acme:a") }
        let last = try #require(sealed.dropLast().last)
        let changed = sealed.dropLast(2) + (last == "A" ? "B" : "A") + sealed.suffix(1)
        #expect(throws: Sealer.Fault.forged) { try sealer.open(String(changed), .job, id: "acme:a") }
    }

    @Test("rubbish is no sealed secret", arguments: ["", "k1", "k1:", "k1:!!!", "k1:AAAA"])
    func malformed(text: String) throws {
        let sealer = Sealer(try Self.keys("k1"))
        #expect(throws: Sealer.Fault.malformed) { try sealer.open(text, .job, id: "x") }
    }

    @Test("the first key seals, all open; one that was taken out is named")
    func rotation() throws {
        let old = Sealer(try Self.keys("k1"))
        let sealed = old.seal([9], .credential, id: "c")
        let second = "k2:" + Data(repeating: 5, count: 32).base64EncodedString()
        let first = "k1:" + Data(repeating: 1, count: 32).base64EncodedString()
        let both = Sealer(try SealingKeys(text: "# rotated\n\(second)\n\n\(first)\n"))
        #expect(try both.open(sealed, .credential, id: "c") == [9])
        #expect(both.isOutdated(sealed) && !both.isOutdated(both.seal([9], .credential, id: "c")))
        let only = Sealer(try SealingKeys(text: second))
        #expect(throws: Sealer.Fault.unknownKey(id: "k1")) { try only.open(sealed, .credential, id: "c") }
    }

    @Test(
        "a bad line is named by its number, never shown",
        arguments: [
            ("k1", 1), ("k1:AAAA", 1), ("#\nk1:secret", 2), ("k!:\(Data(count: 32).base64EncodedString())", 1),
            ("a:\(Data(count: 32).base64EncodedString())\na:\(Data(count: 32).base64EncodedString())", 2),
        ])
    func badLines(text: String, line: Int) {
        #expect {
            try SealingKeys(text: text)
        } throws: { error in
            guard case .badLine(line, _, _) = error as? SealingKeys.Fault else { return false }
            return !"\(error)".contains("secret")
        }
    }

    @Test("no key at all is refused, with the way to make one")
    func empty() {
        #expect(throws: SealingKeys.Fault.empty(path: "")) { try SealingKeys(text: "# nothing\n\n") }
        #expect("\(SealingKeys.Fault.empty(path: ""))".contains("keys new"))
    }

    @Test("a fresh line is a good line, another each time")
    func fresh() throws {
        #expect(try SealingKeys(text: SealingKeys.newLine()).keys.count == 1)
        #expect(SealingKeys.newLine() != SealingKeys.newLine())
    }

    @Test("keys print as ***")
    func prints() throws {
        let keys = try Self.keys("k1")
        #expect("\(keys) \(String(reflecting: keys))" == "*** ***")
        var dumped = ""
        dump(keys, to: &dumped)
        #expect(!dumped.contains("k1"))
    }

    @Test(
        "a file is read only if nobody but its owner can",
        arguments: [(mode_t(0o600), true), (0o640, false), (0o604, false)])
    func modes(mode: mode_t, isGood: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("keys")
        try Data((SealingKeys.newLine() + "\n").utf8).write(to: URL(filePath: path))
        #expect(chmod(path, mode) == 0)
        if isGood {
            #expect(try SealingKeys(file: path).keys.count == 1)
        } else {
            #expect(throws: SealingKeys.Fault.notOwnerOnly(path: path, mode: String(mode, radix: 8))) {
                try SealingKeys(file: path)
            }
        }
    }

    @Test("a file that isn't there, and one that is no file, are named")
    func noFile() throws {
        let directory = try TemporaryDirectory()
        for path in [directory.file("missing"), directory.path] {
            #expect {
                try SealingKeys(file: path)
            } throws: { error in "\(error)".contains(path) }
        }
    }
}

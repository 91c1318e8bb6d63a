import Crypto
import Foundation
import Glibc

// A keys file: lines `KEYID:BASE64(32 bytes)`; blank lines and lines that begin with # are skipped. The first key
// seals, all unseal: to rotate, put a new line on top and leave the old one until everything is sealed anew.

/// The keys under which tokens are sealed. Prints as `***`.
package struct SealingKeys: Sendable {
    /// Why keys can't be used. Says the line, never what stands in it.
    package enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        case unreadable(path: String, reason: String)
        case notOwnerOnly(path: String, mode: String)
        case badLine(Int, String, path: String)
        case empty(path: String)

        /// What is wrong and what to do, in a line.
        package var description: String {
            switch self {
            case .unreadable(let path, let reason):
                "can't read the sealing keys file \(path): \(reason) (`outlook-fleet keys new` prints a line for it)"
            case .notOwnerOnly(let path, let mode):
                "others than its owner may read the sealing keys file \(path) (mode \(mode)): chmod 600 \(path)"
            case .badLine(let line, let reason, let path): "line \(line) of the sealing keys file \(path): \(reason)"
            case .empty(let path):
                "the sealing keys file \(path) holds no key: `outlook-fleet keys new` prints a line for it"
            }
        }
    }

    struct Key: Sendable {
        let id: String
        let key: SymmetricKey
    }

    let keys: [Key]

    /// Reads a file, which only its owner may read or write.
    package init(file path: String) throws(Fault) {
        // Opened once and asked by its descriptor, so that the file that is checked is the file that is read.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, reason: "it is no file") }
        guard status.st_mode & 0o077 == 0 else {
            throw .notOwnerOnly(path: path, mode: String(status.st_mode & 0o777, radix: 8))
        }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0, count < bytes.count else {
            throw .unreadable(path: path, reason: count < 0 ? String(cString: strerror(errno)) : "it is too long")
        }
        try self.init(text: String(decoding: bytes[..<count], as: UTF8.self), path: path)
    }

    /// Reads the text of a file; `path` is what its faults name.
    package init(text: String, path: String = "") throws(Fault) {
        var keys: [Key] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingPrefix(while: \.isWhitespace)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            keys.append(try Self.key(line, number: index + 1, path: path))
            guard Set(keys.map(\.id)).count == keys.count else {
                throw .badLine(index + 1, "its key id is used twice", path: path)
            }
        }
        guard !keys.isEmpty else { throw .empty(path: path) }
        self.keys = keys
    }

    private static func key(_ line: Substring, number: Int, path: String) throws(Fault) -> Key {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .badLine(number, "KEYID:BASE64(32 bytes) is wanted", path: path) }
        let id = String(parts[0])
        guard (1...64).contains(id.utf8.count),
            id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        else { throw .badLine(number, "a key id is 1 to 64 of A-Z a-z 0-9 -", path: path) }
        let text = parts[1].filter { !$0.isWhitespace }
        guard let data = Data(base64Encoded: text), data.count == 32 else {
            throw .badLine(number, "what follows the colon must be 32 bytes in base64", path: path)
        }
        return Key(id: id, key: SymmetricKey(data: data))
    }

    /// A fresh line for a keys file.
    package static func newLine() -> String {
        let id = SymmetricKey(size: .init(bitCount: 32)).withUnsafeBytes { bytes in
            bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
        }
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
        return "k-\(id):\(key)"
    }
}

extension SealingKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the keys.
    package var description: String { "***" }
    /// Never the keys.
    package var debugDescription: String { "***" }
    /// Nothing to look into.
    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}

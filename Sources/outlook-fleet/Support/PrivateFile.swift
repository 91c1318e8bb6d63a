import Foundation
import Glibc

/// Files that hold secrets.
enum PrivateFile {
    /// The most that such a file may hold; a wrong path shouldn't fill the memory.
    private static let limit = 1 << 20

    /// The whole file.
    /// - Parameter ownerOnly: refuse a file that others than its owner can read.
    /// - Throws: 78 with the path and what to do.
    static func text(_ path: String, ownerOnly: Bool = false) throws(ProgramError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(.configuration, path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(.configuration, path) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw ProgramError(.configuration, "\(path): is a directory") }
        if ownerOnly, status.st_mode & 0o077 != 0 {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw ProgramError(.configuration, "\(path): others can read it (mode \(mode)): chmod 600 \(path)")
        }
        let bytes = try read(descriptor, path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ProgramError(.configuration, "\(path): is no UTF-8 text")
        }
        return text
    }

    private static func read(_ descriptor: Int32, _ path: String) throws(ProgramError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(.configuration, path) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else { throw ProgramError(.configuration, "\(path): is larger than 1 MiB") }
        }
    }
}

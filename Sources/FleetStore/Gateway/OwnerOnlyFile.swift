import Foundation
import Glibc

/// Files with secrets, which nobody but their owner may read.
package enum OwnerOnlyFile {
    /// What is wrong with a file, and what to do; never what stands in it.
    package struct Fault: Error, Sendable, CustomStringConvertible {
        /// One line, with the path.
        package let description: String

        init(_ description: String) { self.description = description }
    }

    private static let limit = 4 << 20

    /// The whole file, at most 4 MiB; `what` is what faults call it.
    ///
    /// It is opened once and asked by its descriptor: the file that is checked is the file that is read.
    package static func text(_ path: String, what: String) throws(Fault) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Fault("the \(what) \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Fault("the \(what) \(path): it is no file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Fault("others than its owner may read the \(what) \(path): chmod 600 \(path)")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Fault("the \(what) \(path): \(String(cString: strerror(errno)))") }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else { throw Fault("the \(what) \(path): is larger than 4 MiB") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault("the \(what) \(path): is no UTF-8 text")
        }
        return text
    }
}

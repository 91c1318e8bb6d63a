import Glibc

/// Files that hold secrets.
enum PrivateFile {
    /// The most that such a file may hold; a wrong path shouldn't fill the memory.
    private static let limit = 1 << 20

    /// The whole file.
    /// - Throws: 78 with the path and what is wrong.
    static func text(_ path: String) throws(ProgramError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(.configuration, path) }
        defer { close(descriptor) }
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

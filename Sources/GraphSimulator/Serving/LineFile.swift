import Foundation

/// A log file, a line at a time, made anew when it is opened.
///
/// What can't be written, as on a full disk, is told on standard error: when it begins and, with the number of lines
/// that are missing, when it is over. A check of a log with holes would prove nothing.
struct LineFile {
    private let file: FileHandle
    private let path: String
    private let tell: @Sendable (String) -> Void
    private(set) var missing = 0

    /// - Throws: the file system's error.
    init(path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
        self.init(try FileHandle(forWritingTo: URL(fileURLWithPath: path)), path: path) { text in
            FileHandle.standardError.write(Data("graph-simulator: \(text)\n".utf8))
        }
    }

    /// With a file that is open already.
    init(_ file: FileHandle, path: String, tell: @escaping @Sendable (String) -> Void) {
        self.file = file
        self.path = path
        self.tell = tell
    }

    mutating func write(_ line: JSON) {
        // Behind a hole there may be half a line.
        let bytes = (missing > 0 ? [10] : []) + line.bytes + [10]
        do {
            try file.write(contentsOf: Data(bytes))
            if missing > 0 { tell("writing to \(path) goes on; \(missing) lines are missing") }
            missing = 0
        } catch {
            if missing == 0 { tell("can't write to \(path), lines are missing from here on: \(error)") }
            missing += 1
        }
    }
}

import Foundation

/// A fresh directory under /tmp, removed with this object, and by the watchdog if the process is killed before.
///
/// Its path is short, because unix sockets allow 107 bytes.
package final class TemporaryDirectory: Sendable {
    /// The absolute path, without a slash at the end.
    package let path: String

    /// Makes it.
    package init() throws {
        var template = Array("/tmp/fleet-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw TestSupportError("mkdtemp: \(String(cString: strerror(errno)))")
        }
        path = String(cString: made)
        Watchdog.watch(directory: path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
        Watchdog.forget(directory: path)
    }

    /// The path of a file in it.
    package func file(_ name: String) -> String { "\(path)/\(name)" }
}

import CLinux
import Glibc
import Synchronization
import TestSupport

/// A server for what a real Redis can't be made to say: it greets properly, answers the nth connection's PING with
/// the nth of `pongs` (the last for all further ones), and every later command with `answer`.
final class FakeRedis: Sendable {
    private let directory: TemporaryDirectory
    private let listener: Int32

    var url: String { "unix://\(directory.file("fake.sock"))" }

    init(_ pongs: [String], answer: [UInt8] = Array("+OK\r\n".utf8)) throws {
        directory = try TemporaryDirectory()
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: directory.file("fake.sock").utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 16) == 0 else { throw TestSupportError("cannot listen: errno \(errno)") }
        startThread { [listener] in
            for number in 0... {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                let pong = pongs[min(number, pongs.count - 1)]
                startThread { Self.serve(connection, pong: pong, answer: answer) }
            }
        }
    }

    deinit {
        // Ends the accepting thread.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ connection: Int32, pong: String, answer: [UInt8]) {
        defer { close(connection) }
        var chunk = [UInt8](repeating: 0, count: 65536)
        var isGreeting = true
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            if count <= 0 { return }
            let text = String(decoding: chunk[..<count], as: UTF8.self)
            // The greeting comes in one piece: SETNAME, ID, PING.
            let reply = isGreeting ? Array("+OK\r\n:7\r\n\(pong)".utf8) : answer
            if isGreeting, !text.contains("PING") { return }
            isGreeting = false
            var sent = 0
            while sent < reply.count {
                let taken = reply[sent...].withUnsafeBytes {
                    send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if taken <= 0 { return }
                sent += taken
            }
        }
    }
}

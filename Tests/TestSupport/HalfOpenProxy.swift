import CLinux
import Glibc
import Synchronization

/// Stands between a client and a Redis on unix sockets, and can make connections half open: they stay, and nothing
/// comes back over them any more. That is what a fail-over or a forgetful firewall leaves behind.
package final class HalfOpenProxy: Sendable {
    private struct State {
        var isClosed = false
        /// Client's descriptor to what it has sent first.
        var greedy: Set<Int32> = []
        var silent: Set<Int32> = []
        var all: Set<Int32> = []
    }

    private let target: String
    private let listener: Int32
    private let state = Mutex(State())

    /// Accepts on `path` and speaks to the server at `target`.
    package init(path: String, target: String) throws {
        self.target = target
        listener = try Self.open()
        guard Self.withAddress(path, { bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0 else {
            throw TestSupportError("cannot listen on \(path): \(String(cString: strerror(errno)))")
        }
        startThread { self.accept() }
    }

    /// Connections that have sent a blocking command become half open; later ones don't. Returns how many those are.
    package func silenceBlocking() -> Int {
        state.withLock { state in
            state.silent = state.greedy
            return state.silent.count
        }
    }

    /// Ends everything.
    package func stop() {
        let descriptors = state.withLock { state in
            state.isClosed = true
            return state.all
        }
        for descriptor in descriptors.union([listener]) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            guard let server = try? Self.open(), Self.withAddress(target, { connect(server, $0, $1) }) == 0 else {
                close(client)
                continue
            }
            let isClosed = state.withLock { state in
                state.all.formUnion([client, server])
                return state.isClosed
            }
            if isClosed { return stop() }
            startThread { self.pump(from: client, to: server, client: client, isRequest: true) }
            startThread { self.pump(from: server, to: client, client: client, isRequest: false) }
        }
    }

    private func pump(from source: Int32, to sink: Int32, client: Int32, isRequest: Bool) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            let isSilent = state.withLock { state in
                if isRequest, String(decoding: bytes[..<count], as: UTF8.self).contains("\r\nBL") {
                    state.greedy.insert(client)
                }
                return state.silent.contains(client)
            }
            if isSilent { continue }
            var sent = 0
            while sent < count {
                let step = bytes.withUnsafeBytes { part in
                    part[sent..<count].withMemoryRebound(to: UInt8.self) {
                        send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                }
                guard step > 0 else { break }
                sent += step
            }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }

    private static func open() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestSupportError("no socket: \(String(cString: strerror(errno)))") }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

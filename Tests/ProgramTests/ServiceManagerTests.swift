// Goal: systemd hears what it is told. Method: a datagram socket of the test's own in systemd's place.
import Glibc
import Testing

@testable import outlook_fleet

@Suite("Service manager")
struct ServiceManagerTests {
    @Test("assignments reach a socket at a path and one in the abstract namespace", arguments: ["path", "abstract"])
    func told(sort: String) throws {
        let name = "fleet-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let path = sort == "path" ? "/tmp/\(name)" : "@\(name)"
        let listener = try Listener(path)
        defer { listener.close() }
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": path]))
        #expect(manager.tell("READY=1", "STATUS=ready"))
        #expect(listener.receive() == "READY=1\nSTATUS=ready")
    }

    @Test("a manager that is gone costs nothing")
    func gone() throws {
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "/tmp/nobody-listens-here"]))
        #expect(!manager.tell("READY=1"))
    }

    @Test("without a socket, with a relative one or one that is too long there is no manager")
    func none() {
        #expect(ServiceManager(environment: [:]) == nil)
        #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "relative"]) == nil)
        #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]) == nil)
    }

    @Test("a watchdog that is meant for another process is none")
    func watchdog() {
        func watchdog(_ more: [String: String]) -> Duration? {
            ServiceManager(
                environment: more.merging(["NOTIFY_SOCKET": "/x"]) { $1 }, processID: 7)?.watchdog
        }
        #expect(watchdog(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"]) == .seconds(30))
        #expect(watchdog(["WATCHDOG_USEC": "30000000"]) == .seconds(30))
        #expect(watchdog(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"]) == nil)
        #expect(watchdog([:]) == nil)
    }

    /// A socket that waits at most five seconds for a datagram.
    private struct Listener {
        let socket: Int32
        let path: String

        init(_ path: String) throws {
            self.path = path
            socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            try #require(socket >= 0)
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(path.utf8)
            if path.hasPrefix("@") { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
            }
            try #require(bound == 0)
        }

        func receive() -> String? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &buffer, buffer.count, 0)
            return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
        }

        func close() {
            Glibc.close(socket)
            if !path.hasPrefix("@") { unlink(path) }
        }
    }
}

import Glibc

// What systemd (Type=notify) is told, by datagram: sd_notify(3) in the few lines that it needs, instead of a library.
//
//   READY=1               start-up is over: units that come after may start, a rolling restart goes on
//   WATCHDOG=1            alive; systemd kills and restarts what is silent for WatchdogSec=
//   STOPPING=1            the drain has begun
//   STATUS=...            a line for `systemctl status`
//   EXTEND_TIMEOUT_USEC=  start-up or stop takes so much longer
//
// The socket's path comes in NOTIFY_SOCKET; one that begins with @ is in Linux's abstract namespace, where the first
// byte is zero. Source: sd_notify(3), "Well-known assignments".

/// The service manager that started this process, if one did.
struct ServiceManager: Sendable {
    private let path: String
    /// How often systemd wants to hear that the process is alive; nil without a watchdog.
    let watchdog: Duration?

    /// From the environment; nil when nobody listens. A watchdog that is meant for another process is none.
    init?(environment: [String: String], processID: Int32 = getpid()) {
        guard let path = environment["NOTIFY_SOCKET"], let first = path.first, first == "/" || first == "@",
            path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        self.path = path
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = isOurs && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Sends assignments, one a line. Never waits; false when the manager doesn't take them: it isn't worth failing
    /// for.
    @discardableResult
    func tell(_ assignments: String...) -> Bool {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // An abstract name ends where the length says, a path at its zero.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (bytes[0] == 0 ? 0 : 1))
        let message = Array(assignments.joined(separator: "\n").utf8)
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket, message, message.count, flags, $0, length)
            }
        }
        return sent == message.count
    }
}

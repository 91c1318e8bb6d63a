import CLinux
import Glibc
import Synchronization

// Nothing may be left running, also when the test process is killed: then no code of ours runs any more. So a shell in
// a session of its own reads from a pipe whose other end only the test process holds. It is told of every child and
// every directory; when the pipe ends, for whatever reason, it kills and removes what is left.
//
// (Not PR_SET_PDEATHSIG: that follows the thread that spawned, and threads of Swift's pool come and go.)

/// Ends what this process leaves behind, however it ends.
package enum Watchdog {
    private static let pipe = Mutex<Int32?>(nil)

    /// What the shell runs; a test runs it too.
    package static let script = """
        trap '' INT TERM HUP
        pids=' '; dirs=' '
        without() { rest=' '; for item in $1; do [ "$item" = "$2" ] || rest="$rest$item "; done; }
        while read -r verb value; do
          case $verb in
            +pid) pids="$pids$value " ;;
            -pid) without "$pids" "$value"; pids=$rest ;;
            +dir) dirs="$dirs$value " ;;
            -dir) without "$dirs" "$value"; dirs=$rest ;;
          esac
        done
        for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
        for dir in $dirs; do rm -rf "$dir"; done
        """

    static func watch(process: pid_t) { tell("+pid \(process)") }
    static func forget(process: pid_t) { tell("-pid \(process)") }
    static func watch(directory: String) { tell("+dir \(directory)") }
    static func forget(directory: String) { tell("-dir \(directory)") }

    private static func tell(_ line: String) {
        pipe.withLock { pipe in
            if pipe == nil { pipe = start() }
            guard let pipe else { return }
            let bytes = Array("\(line)\n".utf8)
            _ = send(pipe, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    private static func start() -> Int32? {
        // A socket pair rather than a pipe, so that a watchdog that is gone gives an error and no SIGPIPE.
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return nil
        }
        defer { close(ends[1]) }
        let pid = try? Spawn.start(
            "/bin/sh", ["-c", script], environment: [:], directory: nil, standard: (ends[1], 2, 2), newSession: true)
        return pid == nil ? nil : ends[0]
    }
}

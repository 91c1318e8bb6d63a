import CLinux
import Glibc
import Synchronization

/// The lines of one stream of a child, collected by a thread. Keeps at most 200,000 of them.
final class OutputLines: Sendable {
    private struct State {
        var lines: [String] = []
        var rest: [UInt8] = []
        var complete = false
    }

    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }
    /// True when the stream has ended.
    var isComplete: Bool { state.withLock { $0.complete } }

    /// Reads until the stream ends, and closes it.
    func collect(from descriptor: Int32) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            append(chunk[..<count])
        }
        close(descriptor)
        state.withLock { state in
            if !state.rest.isEmpty { state.lines.append(String(decoding: state.rest, as: UTF8.self)) }
            state.rest = []
            state.complete = true
        }
    }

    private func append(_ bytes: ArraySlice<UInt8>) {
        state.withLock { state in
            state.rest.append(contentsOf: bytes)
            let parts = state.rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for part in parts.dropLast() where state.lines.count < 200_000 {
                state.lines.append(String(decoding: part, as: UTF8.self))
            }
            state.rest = parts.last.map(Array.init) ?? []
        }
    }
}

/// Both ends of a socket pair that children don't inherit: like a pipe, but writing to a dead reader is an error, not a
/// signal.
struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw TestSupportError("socketpair: errno \(errno)")
        }
        (reading, writing) = (ends[0], ends[1])
    }
}

/// Runs `work` on a thread of its own, detached.
package func startThread(_ work: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadWork(work))
    var thread = pthread_t()
    let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().work()
        return nil
    }
    guard pthread_create(&thread, nil, main, box.toOpaque()) == 0 else {
        box.release()
        return
    }
    pthread_detach(thread)
}

private final class ThreadWork: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
}

import CLinux
import Glibc
import Synchronization

/// How a child ended.
package enum ChildExit: Sendable, Equatable {
    /// It exited with this code.
    case code(Int32)
    /// It was ended by this signal.
    case signal(Int32)
}

/// A program started by a test. Its output is collected as lines; it is killed when this object goes, and by the
/// watchdog when the test process dies.
package final class ChildProcess: Sendable {
    /// One of the two streams.
    package enum Stream: Sendable {
        /// Descriptor 1.
        case standardOutput
        /// Descriptor 2.
        case standardError
    }

    private struct State {
        var exit: ChildExit?
        var input: Int32
    }

    /// The process id.
    package let pid: Int32
    /// What was started, for messages.
    package let program: String
    private let shared: Shared

    /// What the reading and waiting threads hold, so that the child itself can go away before they end.
    private final class Shared: Sendable {
        let state: Mutex<State>
        let output = OutputLines()
        let error = OutputLines()
        init(input: Int32) { state = Mutex(State(exit: nil, input: input)) }
    }

    /// Starts `program` (looked up in PATH); its standard input stays open until `closeInput`.
    ///
    /// - Parameters:
    ///   - environment: added to that of this process.
    ///   - directory: where it starts; here when nil.
    /// - Throws: `TestSupportError` when it can't be started.
    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil
    ) throws {
        let (input, output, error) = (try Pipe(), try Pipe(), try Pipe())
        defer { [input.reading, output.writing, error.writing].forEach { close($0) } }
        self.program = program
        shared = Shared(input: input.writing)
        do {
            pid = try Spawn.start(
                program, arguments, environment: environment, directory: directory,
                standard: (input.reading, output.writing, error.writing))
        } catch {
            [input.writing, output.reading].forEach { close($0) }
            throw error
        }
        Watchdog.watch(process: pid)
        // Threads: a read or a wait that blocks must not take one of Swift's few pool threads.
        startThread { [shared] in shared.output.collect(from: output.reading) }
        startThread { [shared] in shared.error.collect(from: error.reading) }
        startThread { [shared, pid] in Self.reap(pid, shared) }
    }

    deinit {
        signal(SIGKILL)
        closeInput()
    }

    /// How it ended; nil while it runs.
    package var exit: ChildExit? { shared.state.withLock { $0.exit } }

    /// The lines so far.
    package func lines(_ stream: Stream = .standardOutput) -> [String] { collected(stream).lines }

    /// Everything so far, both streams, for messages.
    package var transcript: String {
        (lines(.standardOutput) + lines(.standardError).map { "! \($0)" }).joined(separator: "\n")
    }

    /// Sends a signal; nothing happens when it has ended.
    package func signal(_ number: Int32) {
        shared.state.withLock { state in
            if state.exit == nil { kill(pid, number) }
        }
    }

    /// Stops it (SIGSTOP) and returns when it has stopped: a process that runs on another core goes on for a moment.
    package func freeze() {
        signal(SIGSTOP)
        // The third field of stat, after the program's name in parentheses: T is stopped. Gone: nothing to wait for.
        for _ in 0..<5000 {
            guard let stat = try? readFile("/proc/\(pid)/stat"), exit == nil else { return }
            let state = String(decoding: stat, as: UTF8.self).split(separator: ") ").last?.first
            if state == "T" { return }
            usleep(200)
        }
    }

    /// Ends `freeze`.
    package func thaw() { signal(SIGCONT) }

    /// Writes to its standard input. Blocks when the child does not read.
    package func write(_ text: String) {
        let bytes = Array(text.utf8)
        shared.state.withLock { state in
            if state.input >= 0 { _ = Glibc.send(state.input, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
        }
    }

    /// Ends its standard input.
    package func closeInput() {
        shared.state.withLock { state in
            if state.input >= 0 { close(state.input) }
            state.input = -1
        }
    }

    /// Waits until a line contains `text`, and returns that line; also one that came before the call.
    ///
    /// - Throws: `TestSupportError` with all output when the time passes or the child ends before.
    package func line(
        containing text: String, in stream: Stream = .standardOutput, from first: Int = 0,
        within limit: Duration = .seconds(20)
    ) async throws -> String {
        do {
            return try await eventually("a line with \(text)", within: limit) {
                let ended = exit != nil && collected(stream).isComplete
                if let line = lines(stream).dropFirst(first).first(where: { $0.contains(text) }) { return line }
                if ended { throw TestSupportError("\(program) ended without a line with \(text)") }
                return nil
            }
        } catch {
            throw TestSupportError("\(error)\n\(transcript)")
        }
    }

    /// Waits until it has ended and all its output is read.
    ///
    /// - Throws: `TestSupportError` with all output when the time passes.
    @discardableResult
    package func waitForExit(within limit: Duration = .seconds(20)) async throws -> ChildExit {
        do {
            return try await eventually("\(program) ends", within: limit) { exit }
        } catch {
            throw TestSupportError("\(error)\n\(transcript)")
        }
    }

    private func collected(_ stream: Stream) -> OutputLines {
        stream == .standardOutput ? shared.output : shared.error
    }

    private static func reap(_ pid: pid_t, _ shared: Shared) {
        // First wait without reaping: until then the number is ours and a signal cannot hit a stranger.
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        // Give the output a moment to arrive; a grandchild that keeps the pipe open must not hold up the exit.
        for _ in 0..<500 where !(shared.output.isComplete && shared.error.isComplete) { usleep(1000) }
        shared.state.withLock { state in
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            state.exit = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
        }
        Watchdog.forget(process: pid)
    }
}

/// Runs a program to its end.
///
/// - Throws: `TestSupportError` with its output when it fails, or takes longer than `limit`.
@discardableResult
package func runProgram(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String = "",
    within limit: Duration = .seconds(60)
) async throws -> String {
    let child = try ChildProcess(program, arguments, environment: environment)
    child.write(input)
    child.closeInput()
    let exit = try await child.waitForExit(within: limit)
    guard exit == .code(0) else { throw TestSupportError("\(program) ended with \(exit)\n\(child.transcript)") }
    return child.lines().joined(separator: "\n")
}

/// The path of an executable of this package, beside the test bundle.
package func builtProgram(_ name: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    let path = own.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" } + "/\(name)"
    guard access(path, X_OK) == 0 else { throw TestSupportError("\(path) is not built") }
    return path
}

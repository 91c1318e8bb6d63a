import CLinux
import Glibc

/// posix_spawn, once.
enum Spawn {
    /// Starts `program` (looked up in PATH) with descriptors 0, 1 and 2 as given and everything else closed on exec.
    static func start(
        _ program: String, _ arguments: [String], environment: [String: String], directory: String?,
        standard: (input: Int32, output: Int32, error: Int32), newSession: Bool = false
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standard.input, 0)
        posix_spawn_file_actions_adddup2(&actions, standard.output, 1)
        posix_spawn_file_actions_adddup2(&actions, standard.error, 2)
        if let directory { posix_spawn_file_actions_addchdir_np(&actions, directory) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Children start with default signals and an empty mask, whatever this process does with its own.
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | (newSession ? fl_spawn_setsid : 0)
        posix_spawnattr_setflags(&attributes, flags)

        let inherited = ProcessEnvironment.current.filter { environment[$0.key] == nil }
        let variables = inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        var pid = pid_t()
        let failure = withCStrings([program] + arguments) { argv in
            withCStrings(variables) { envp in posix_spawnp(&pid, program, &actions, &attributes, argv, envp) }
        }
        guard failure == 0 else {
            throw TestSupportError("cannot start \(program): \(String(cString: strerror(failure)))")
        }
        return pid
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}

private enum ProcessEnvironment {
    /// Read from /proc: `environ` is a mutable global that Swift 6 does not let through.
    static var current: [String: String] {
        var variables: [String: String] = [:]
        for entry in (try? readFile("/proc/self/environ"))?.split(separator: 0) ?? [] {
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            variables[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
        }
        return variables
    }
}

/// A file's bytes.
package func readFile(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "re") else {
        throw TestSupportError("cannot read \(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { return bytes }
        bytes.append(contentsOf: chunk[..<count])
    }
}

/// Writes a file anew, readable by its owner only unless `mode` says otherwise.
package func writeFile(_ path: String, _ text: String, mode: UInt32 = 0o600) throws {
    guard let file = fopen(path, "we") else {
        throw TestSupportError("cannot write \(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    fchmod(fileno(file), mode)
    let bytes = Array(text.utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw TestSupportError("cannot write \(path)") }
}

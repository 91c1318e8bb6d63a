import CLinux
import Glibc
import Synchronization

/// A private, real redis-server in a temporary directory: on a unix socket, and on TCP or TLS if asked for.
///
/// Ports and data stay the same over `restart`. It ends with this object, or with the test process.
package final class RedisServer: Sendable {
    /// How to start it.
    package struct Options: Sendable {
        /// Listens on a free TCP port of 127.0.0.1 too.
        package var tcp = false
        /// Listens with TLS on a free port of 127.0.0.1, with these certificates; clients need none.
        package var certificates: TestCertificates?
        /// With `certificates`: clients must show a certificate of the same authority.
        package var clientCertificatesRequired = false
        /// The default user's password.
        package var password: String?
        /// Lines as `ACL SETUSER` takes them: `worker on >secret ~* +@all`.
        package var users: [String] = []
        /// Keeps data over `restart` in an append-only file, synced on each write.
        package var appendOnly = false
        /// Added to its environment: a clock of the test's, for instance.
        package var environment: [String: String] = [:]
        /// Further lines of redis.conf.
        package var configuration: [String] = []
        /// A server on a unix socket without a password.
        package init() {}
    }

    /// Its options.
    package let options: Options
    /// The TCP port, when asked for.
    package let port: Int?
    /// The TLS port, when asked for.
    package let tlsPort: Int?
    private let directory: TemporaryDirectory
    private let process: Mutex<ChildProcess?>

    /// The path of its unix socket.
    package var socketPath: String { directory.file("redis.sock") }
    /// `unix:///...`, with the password if there is one.
    package var unixURL: String { "unix://\(credentials)\(socketPath)" }
    /// `redis://127.0.0.1:PORT`, with the password if there is one.
    package var url: String { "redis://\(credentials)127.0.0.1:\(port ?? 0)" }
    /// `rediss://localhost:PORT`, with the password if there is one.
    package var tlsURL: String { "rediss://\(credentials)localhost:\(tlsPort ?? 0)" }
    /// Its process id; 0 when it is not running.
    package var pid: Int32 { process.withLock { $0?.pid ?? 0 } }

    private var credentials: String { options.password.map { ":\($0)@" } ?? "" }

    /// Starts a server and waits until it accepts connections.
    ///
    /// - Parameter configure: sets the options.
    package static func start(_ configure: (inout Options) -> Void = { _ in }) async throws -> RedisServer {
        var options = Options()
        configure(&options)
        // A free port may be taken before redis-server binds it: then try others.
        for attempt in 1... {
            let server = try RedisServer(options)
            do {
                try await server.launch()
                return server
            } catch  where attempt < 5 && "\(error)".contains("Address already in use") {}
        }
        fatalError("unreachable")
    }

    private init(_ options: Options) throws {
        self.options = options
        directory = try TemporaryDirectory()
        port = options.tcp ? try freePort() : nil
        tlsPort = options.certificates == nil ? nil : try freePort()
        process = Mutex(nil)
        try writeFile(directory.file("redis.conf"), configurationLines.joined(separator: "\n") + "\n")
    }

    private var configurationLines: [String] {
        var lines = [
            "port \(port ?? 0)", "bind 127.0.0.1", "unixsocket \(socketPath)", "dir \(directory.path)",
            "save \"\"", "daemonize no", "databases 16",
            "appendonly \(options.appendOnly ? "yes" : "no")", "appendfsync always",
        ]
        if let password = options.password { lines.append("requirepass \(password)") }
        lines += options.users.map { "user \($0)" }
        if let certificates = options.certificates, let tlsPort {
            lines += [
                "tls-port \(tlsPort)", "tls-cert-file \(certificates.certificate)", "tls-key-file \(certificates.key)",
                "tls-ca-cert-file \(certificates.authority)",
                "tls-auth-clients \(options.clientCertificatesRequired ? "yes" : "no")",
            ]
        }
        return lines + options.configuration
    }

    private func launch() async throws {
        let child = try ChildProcess(
            "redis-server", [directory.file("redis.conf")], environment: options.environment)
        process.withLock { $0 = child }
        _ = try await child.line(containing: "eady to accept connections", within: .seconds(20))
    }
}

// MARK: - Trouble

extension RedisServer {
    /// Kills it at once (SIGKILL) and waits until it is gone.
    package func kill() async throws {
        let child = process.withLock { process in
            defer { process = nil }
            return process
        }
        child?.signal(SIGKILL)
        try await child?.waitForExit()
    }

    /// Starts it again after `kill`, on the same ports and socket.
    package func restart() async throws {
        try await kill()
        try await launch()
    }

    /// Freezes it (SIGSTOP): connections stay open and nothing answers.
    package func freeze() { process.withLock { $0 }?.freeze() }
    /// Ends `freeze`.
    package func thaw() { process.withLock { $0 }?.thaw() }

    /// Runs `redis-cli` against it and returns what it printed; as the default user unless `arguments` begin with
    /// options.
    ///
    /// - Throws: `TestSupportError` when redis-cli fails.
    @discardableResult
    package func cli(_ arguments: String...) async throws -> String {
        let login = options.password.map { ["-a", $0, "--no-auth-warning"] } ?? []
        return try await runProgram("redis-cli", ["-s", socketPath] + login + arguments)
    }
}

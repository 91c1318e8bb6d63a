import Glibc
import TestSupport
import Testing

// The helpers that all rooms' tests rely on, tried here because this is the lowest room that uses them.
@Suite("Test support")
struct TestSupportTests {
    @Test("a child's lines can be awaited and its exit code read")
    func child() async throws {
        let child = try ChildProcess("sh", ["-c", "echo one; read x; echo got $x; echo bad >&2; exit 3"])
        #expect(try await child.line(containing: "one") == "one")
        child.write("hello\n")
        #expect(try await child.line(containing: "got") == "got hello")
        #expect(try await child.waitForExit() == .code(3))
        #expect(child.lines(.standardError) == ["bad"])
    }

    @Test("a child that is killed says by which signal")
    func killed() async throws {
        let child = try ChildProcess("sleep", ["600"])
        child.signal(SIGTERM)
        #expect(try await child.waitForExit() == .signal(SIGTERM))
    }

    @Test("a wait that can't succeed ends when the child does, with its output")
    func ended() async throws {
        let child = try ChildProcess("echo", ["something else"])
        let error = await #expect(throws: TestSupportError.self) { try await child.line(containing: "never") }
        #expect(error?.description.contains("something else") == true)
    }

    @Test("a redis-server starts, keeps an append-only file over kill and restart, and ends")
    func redis() async throws {
        let server = try await RedisServer.start {
            $0.tcp = true
            $0.appendOnly = true
            $0.password = "hush"
        }
        try await server.cli("SET", "k", "v")
        try await server.restart()
        #expect(try await server.cli("GET", "k") == "v")
        let pid = server.pid
        try await server.kill()
        #expect(kill(pid, 0) == -1)
    }

    @Test("a test process that is killed leaves neither children nor directories")
    func watchdog() async throws {
        // The watchdog's script itself is what runs; a shell plays the test process.
        let directory = try TemporaryDirectory()
        let child = try ChildProcess("sleep", ["600"])
        try Self.playTestProcess(watching: child.pid, directory: directory.file("gone"))
        #expect(try await child.waitForExit() == .signal(SIGKILL))
        try await eventually("the directory goes") { access(directory.file("gone"), F_OK) != 0 }
    }

    private static func playTestProcess(watching pid: Int32, directory: String) throws {
        mkdir(directory, 0o700)
        let shell = try ChildProcess("sh", ["-c", Watchdog.script])
        shell.write("+pid 999999\n+pid \(pid)\n-pid 999999\n+dir \(directory)\n")
        shell.closeInput()
        while shell.exit == nil { usleep(1000) }
    }
}

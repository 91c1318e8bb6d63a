// A whole fleet of one test: a private Redis, a private Graph simulator, and real workers; nothing of the product is in
// this process. Everything the test learns, it learns as a producer, a consumer or an operator would.
//
// At most `width` fleets stand at a time, whatever the test runner's parallelism: each is three or more processes, and
// on two cores more of them only make every wait longer.

import Foundation
import Synchronization
import TestSupport

final class Fleet: Sendable {
    struct Options: Sendable {
        var workers = 1
        /// Further flags of each worker; a flag given here wins over the quick ones.
        var workerFlags: [String] = []
        var simulatorFlags: [String] = []
        /// Without, `--graph-url` points to a port where nobody listens.
        var simulator = true
        var appendOnly = false
        var redisConfiguration: [String] = []
        /// Redis, workers, gateways and the simulator live by a clock that the test moves.
        var virtualClock = false
    }

    /// Short times, so that takeovers and retries take moments; everything else as in production.
    static let quickFlags = [
        "--lease": "2s", "--backoff": "20ms", "--backoff-cap": "200ms", "--drain-timeout": "5s",
        "--request-timeout": "5s", "--metrics-listen": "off", "--log-format": "json",
    ]

    static let namespace = "outlook"
    static let clientSecret = "simulator-secret-never-to-be-seen"

    let options: Options
    let directory: TemporaryDirectory
    let redis: RedisServer
    let probe: RedisProbe
    let simulatorProcess: Simulator?
    /// The clock of a fleet that has one of its own.
    let clock: VirtualClock?
    let keysFile: String
    let state = Mutex(State())

    struct State {
        var workers: [Worker] = []
        /// Ids of the jobs that were pushed, in order; each ends in exactly one terminal entry.
        var pushed: [String] = []
        /// Texts that may appear nowhere.
        var secrets: [String] = []
        var counter = 0
    }

    private static let gate = Gate(width: 3)

    /// Builds a fleet, runs the body, and takes everything down again, also when the body fails; then the ends of the
    /// programs' logs are printed.
    static func run(_ options: Options = Options(), _ body: (Fleet) async throws -> Void) async throws {
        await gate.enter()
        do {
            let fleet = try await Fleet(options)
            do {
                for _ in 0..<options.workers { try await fleet.startWorker() }
                try await body(fleet)
                try await fleet.expectEverythingFitsSchemas()
            } catch {
                fleet.printLogs()
                await fleet.takeDown()
                throw error
            }
            await fleet.takeDown()
        } catch {
            await gate.leave()
            throw error
        }
        await gate.leave()
    }

    private init(_ options: Options) async throws {
        self.options = options
        directory = try TemporaryDirectory()
        let clock = options.virtualClock ? try await VirtualClock() : nil
        self.clock = clock
        let environment = clock?.environment ?? [:]
        redis = try await RedisServer.start {
            $0.environment = environment
            $0.tcp = true
            $0.appendOnly = options.appendOnly
            $0.configuration = options.redisConfiguration
        }
        probe = RedisProbe(.unix(redis.socketPath))
        simulatorProcess =
            options.simulator ? try await Simulator.start(options.simulatorFlags, environment: environment) : nil
        keysFile = directory.file("sealing.keys")
        try writeFile(keysFile, try await runProgram(Executables.fleet, ["keys", "new"]) + "\n")
        try writeFile(directory.file("client.secret"), Fleet.clientSecret + "\n")
    }

    /// The simulator of a fleet that has one.
    var simulator: Simulator {
        guard let simulatorProcess else { preconditionFailure("this fleet was built without a simulator") }
        return simulatorProcess
    }

    var workers: [Worker] { state.withLock { $0.workers } }

    /// Flags that name this fleet's Redis.
    var redisFlags: [String] { ["--redis", redis.unixURL, "--namespace", Fleet.namespace] }

    /// Starts one more worker and waits until it takes jobs.
    @discardableResult
    func startWorker(_ flags: [String] = [], environment: [String: String] = [:]) async throws -> Worker {
        let worker = try await Worker.start(
            workerArguments(flags), environment: clockEnvironment.merging(environment) { $1 })
        state.withLock { $0.workers.append(worker) }
        return worker
    }

    /// Starts one more worker without waiting for anything.
    func launchWorker(_ flags: [String] = []) throws -> Worker {
        let worker = try Worker(workerArguments(flags), environment: clockEnvironment)
        state.withLock { $0.workers.append(worker) }
        return worker
    }

    /// What its programs need in their environment to live by its clock.
    var clockEnvironment: [String: String] { clock?.environment ?? [:] }

    /// All flags of a worker of this fleet.
    func workerArguments(_ further: [String] = []) -> [String] {
        var flags = Fleet.quickFlags
        flags["--graph-url"] = simulatorProcess?.graphURL ?? "http://127.0.0.1:1/v1.0"
        flags["--login-url"] = simulatorProcess?.loginURL ?? "http://127.0.0.1:1"
        flags["--client-id"] = Simulator.clientID
        flags["--client-secret-file"] = directory.file("client.secret")
        flags["--sealing-keys-file"] = keysFile
        // A jump ends leases: the shorter they are, the sooner a worker sees that its own is over.
        if clock != nil { flags["--lease"] = "1s" }
        let given = options.workerFlags + further
        for index in stride(from: 0, to: given.count - 1, by: 2) { flags[given[index]] = given[index + 1] }
        return redisFlags + flags.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    }

    /// Remembers a text that may appear nowhere: no value in Redis, no log, no result.
    func keepSecret(_ texts: String...) {
        state.withLock { $0.secrets += texts }
    }

    private func printLogs() {
        for worker in workers {
            let tail = worker.log.suffix(30).joined(separator: "\n")
            FileHandle.standardError.write(Data("--- log of worker \(worker.pid), its end\n\(tail)\n".utf8))
        }
    }

    private func takeDown() async {
        for worker in workers { worker.signal(SIGKILL) }
        try? await redis.kill()
        simulatorProcess?.stop()
    }
}

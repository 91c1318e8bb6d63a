import Synchronization

/// A Microsoft Graph in memory: mailboxes, calendars, events, tokens, limits and faults, without a network.
///
/// It never waits and never fails to start. Serve it with `GraphSimulatorServer`; look into it and change it with
/// `control`, which takes the same requests as `/control/...` over HTTP.
package final class Simulator: Sendable {
    /// How it was started.
    package let options: SimulatorOptions
    private let world: Mutex<World>

    /// A simulator with the app of its options and, if they say so, the demo's directories.
    package init(options: SimulatorOptions = SimulatorOptions()) {
        self.options = options
        world = Mutex(Self.newWorld(options))
    }

    /// Opens the request log's file.
    ///
    /// - Throws: the file system's error.
    package func openRequestLog() throws {
        guard let path = options.requestLogFile else { return }
        try locked { try $0.log.open(file: path) }
    }

    /// Looks at the world, alone.
    func locked<Result: Sendable>(_ body: (World) throws -> Result) rethrows -> Result {
        try world.withLock { world in try body(world) }
    }

    private static func newWorld(_ options: SimulatorOptions) -> World {
        let world = World(options: options)
        if options.hasDemoData { DemoData(world: world).fill() }
        return world
    }

    /// Forgets everything and starts anew from the seed.
    func reset() {
        world.withLock { $0 = Self.newWorld(options) }
    }
}

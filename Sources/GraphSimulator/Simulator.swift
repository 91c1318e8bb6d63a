import Synchronization

/// A Microsoft Graph in memory: mailboxes, calendars, events, tokens, limits and faults, without a network.
///
/// It never waits and never fails to start. Serve it with `GraphSimulatorServer`; look into it and change it with
/// `control`, which takes the same requests as `/control/...` over HTTP.
package final class Simulator: Sendable {
    /// How it was started.
    package let options: SimulatorOptions
    /// Whole exchanges, if a file is wanted.
    let exchanges = ExchangeLog()
    private let world: Mutex<World>
    /// Something may be due for subscribers.
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// A simulator with the app of its options and, if they say so, the demo's directories.
    package init(options: SimulatorOptions = SimulatorOptions()) {
        self.options = options
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.wakes, self.waker) = (wakes, waker)
        world = Mutex(Self.newWorld(options) { waker.yield() })
    }

    /// Opens the files of the request log and the exchanges.
    ///
    /// - Throws: the file system's error.
    package func openRequestLog() throws {
        if let path = options.requestLogFile { try locked { try $0.log.open(file: path) } }
        if let path = options.exchangeLogFile { try exchanges.open(file: path) }
    }

    /// Looks at the world, alone.
    func locked<Result: Sendable>(_ body: (World) throws -> Result) rethrows -> Result {
        try world.withLock { world in try body(world) }
    }

    private static func newWorld(_ options: SimulatorOptions, wake: @escaping @Sendable () -> Void) -> World {
        let world = World(options: options, wakeNotifier: wake)
        if options.hasDemoData { DemoData(world: world).fill() }
        return world
    }

    /// Forgets everything and starts anew from the seed.
    func reset() {
        world.withLock { $0 = Self.newWorld(options) { [waker] in waker.yield() } }
    }

    /// Lets the notifier look at its queue.
    func awakenNotifier() { waker.yield() }
}

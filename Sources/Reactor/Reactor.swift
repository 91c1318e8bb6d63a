import CLinux
import DequeModule
import Glibc
import Synchronization

// One thread is I/O loop, timer queue and task executor of all that a worker does.
//
// Measured against a separate I/O thread with tasks on Swift's pool: a third of the CPU per Redis command, because no
// piece of work ever changes threads, and because everything that was issued during one turn leaves in one send.
//
// A turn:
//   1. epoll_wait: returns at once while jobs are ready, else sleeps until a descriptor, a deadline or the eventfd
//   2. take over what other threads handed in (the inbox, the only state behind a lock)
//   3. tell descriptor handlers what is ready
//   4. fire due timers
//   5. run jobs: those that were ready and those they make ready, until none is left or the turn's share is used up
//   6. tell the turn-end handlers (the Redis connection sends what the turn has encoded)
// The shares of 3, 4 and 5 are bounded, so neither descriptors nor jobs nor timers can starve the others.

/// Work that is ready to run on the loop.
enum ReadyWork {
    case job(UnownedJob)
    case call(@Sendable () -> Void)

    func run(on reactor: Reactor) {
        switch self {
        case .job(let job): job.runSynchronously(on: reactor.asUnownedTaskExecutor())
        case .call(let work): work()
        }
    }
}

/// An epoll loop on a thread of its own that is also a `TaskExecutor`.
///
/// A task run under `withTaskExecutorPreference(reactor)` runs wholly on the loop's thread, as do its child tasks and
/// the actors it calls; `Task {}` does not inherit that. Methods marked *loop only* trap when called elsewhere.
/// Priorities are not looked at: ready work runs first in, first out. Nothing that blocks belongs on the loop.
///
/// `@unchecked Sendable`, the only one of this room: `descriptors`, `timers`, `ready`, `turnEnd` are touched by the
/// loop's thread alone (checked by `preconditionOnLoop`), everything else is immutable, atomic or in a Mutex.
package final class Reactor: TaskExecutor, @unchecked Sendable {
    enum Phase { case new, running, stopping, ended }

    struct Inbox {
        var phase = Phase.new
        var work: [ReadyWork] = []
        /// True while the loop sleeps, or is about to, and must be woken through the eventfd.
        var asleep = false
        var thread = pthread_t()
    }

    /// The thread's name as `top -H` shows it.
    package let name: String
    let epoll: Int32
    let wakeUp: Int32
    let inbox = Mutex(Inbox())
    let loopThread = Atomic<UInt>(0)
    let counters = LoopCounters()

    // Loop only.
    var descriptors = DescriptorTable()
    var timers = TimerQueue()
    var ready = Deque<ReadyWork>()
    var turnEnd: [any TurnEndHandler] = []
    /// When this turn began, in nanoseconds of the monotonic clock: a clock that costs nothing, behind by at most the
    /// turn so far. Loop only.
    package internal(set) var loopTime: Int64 = 0

    /// Makes the epoll instance; `start` starts the thread.
    ///
    /// - Parameter name: name of the thread, cut to the 15 bytes that Linux keeps.
    /// - Throws: `ReactorError.system` when the process is out of descriptors.
    package init(name: String = "reactor") throws(ReactorError) {
        self.name = name
        epoll = fl_epoll_create()
        guard epoll >= 0 else { throw .system(call: "epoll_create1", number: errno) }
        wakeUp = fl_eventfd()
        guard wakeUp >= 0, fl_epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, fl_epollin, DescriptorTable.wakeUpMark) == 0
        else {
            let number = errno
            close(epoll)
            if wakeUp >= 0 { close(wakeUp) }
            throw .system(call: "eventfd", number: number)
        }
    }

    deinit {
        close(wakeUp)
        close(epoll)
    }

    /// Starts the loop's thread. The reactor stays alive until `stop`. Traps when called twice. From here on the
    /// process ignores SIGPIPE.
    package func start() {
        inbox.withLock { inbox in
            precondition(inbox.phase == .new, "a reactor starts once")
            // OpenSSL writes to sockets without MSG_NOSIGNAL: a peer that is gone must be an error, not the process's
            // end.
            signal(SIGPIPE, SIG_IGN)
            inbox.phase = .running
            let retained = Unmanaged.passRetained(self).toOpaque()
            let failure = pthread_create(&inbox.thread, nil, reactorThreadMain, retained)
            precondition(failure == 0, "pthread_create failed with \(failure)")
        }
    }

    /// Ends the loop after the work that is ready now, and waits for its thread. Call it from another thread, after the
    /// tasks that prefer this reactor have ended. Sleepers that are left wake with `ReactorError.stopped`; other timers
    /// don't fire; jobs that still come go to Swift's global executor. Does nothing when called again.
    package func stop() {
        precondition(!isOnLoop, "a reactor cannot wait for its own thread")
        let thread: pthread_t? = inbox.withLock { inbox in
            guard inbox.phase == .running else {
                if inbox.phase == .new { inbox.phase = .ended }
                return nil
            }
            inbox.phase = .stopping
            wakeIfAsleep(&inbox)
            return inbox.thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    /// True on the loop's thread.
    package var isOnLoop: Bool { loopThread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Traps when called elsewhere than on the loop's thread.
    package func preconditionOnLoop() {
        precondition(isOnLoop, "called off the reactor's loop")
    }

    /// The time that `sleep` and timers go by, readable from anywhere.
    package var now: ContinuousClock.Instant { .now }

    /// Runs `work` on the loop, after what is ready already; from any thread. After `stop` it is dropped.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        if isOnLoop {
            ready.append(.call(work))
        } else {
            _ = handIn(.call(work))
        }
    }

    /// Runs `work` at once when called on the loop, else like `execute`.
    package func executeNowOrLater(_ work: @escaping @Sendable () -> Void) {
        if isOnLoop { work() } else { execute(work) }
    }

    /// Runs `body` on the loop and returns what it returns; from anywhere, at once when already there.
    package func onLoop<Result: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        if isOnLoop { return try body() }
        return try await withTaskExecutorPreference(self) { () async throws(Failure) -> Result in try body() }
    }

    /// The executor's side of `TaskExecutor`; for the Swift runtime.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isOnLoop {
            ready.append(.job(job))
        } else if !handIn(.job(job)) {
            // The loop has ended. A job that never runs would hang whoever awaits its task.
            globalConcurrentExecutor.enqueue(ExecutorJob(job))
        }
    }

    /// False when the loop has ended.
    func handInCall(_ work: @escaping @Sendable () -> Void) -> Bool { handIn(.call(work)) }

    private func handIn(_ work: ReadyWork) -> Bool {
        inbox.withLock { inbox in
            guard inbox.phase != .ended else { return false }
            inbox.work.append(work)
            wakeIfAsleep(&inbox)
            return true
        }
    }

    private func wakeIfAsleep(_ inbox: inout Inbox) {
        guard inbox.asleep else { return }
        inbox.asleep = false
        var one: UInt64 = 1
        // Cannot fail in a way that matters: a full counter wakes the loop as well.
        _ = write(wakeUp, &one, 8)
    }
}

private let reactorThreadMain: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    guard let argument else { return nil }
    let reactor = Unmanaged<Reactor>.fromOpaque(argument).takeRetainedValue()
    pthread_setname_np(pthread_self(), String(reactor.name.prefix(15)))
    reactor.loopThread.store(UInt(pthread_self()), ordering: .relaxed)
    reactor.runLoop()
    return nil
}

import CLinux
import DequeModule
import Glibc
import Synchronization

extension Reactor {
    /// Bounds of one turn. 2 ms of jobs is well under what a deadline or a lease renewal notices, and long enough that
    /// one send carries hundreds of commands.
    enum Share {
        static let events = 256
        static let timers = 1024
        static let jobsBetweenClockReads = 32
        static let jobNanoseconds: Int64 = 2_000_000
    }

    /// The thread's life: turns until `stop`.
    func runLoop() {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Share.events) { events in
            var running = true
            while running { running = turn(events) }
        }
        end()
    }

    /// One turn, as drawn at the head of Reactor.swift. False when the loop shall end.
    private func turn(_ events: UnsafeMutableBufferPointer<epoll_event>) -> Bool {
        let timeout = timeoutBeforeSleep()
        counters.willPoll()
        let count = epoll_wait(epoll, events.baseAddress, Int32(Share.events), timeout)
        let start = MonotonicClock.nanoseconds
        counters.didPoll(at: start)
        loopTime = start
        let stopping = takeInbox()
        if count > 0 { dispatch(UnsafeBufferPointer(rebasing: events[..<Int(count)])) }
        fireTimers(now: start)
        runJobs(start: start)
        let handlers = turnEnd
        if !handlers.isEmpty {
            turnEnd.removeAll(keepingCapacity: true)
            for handler in handlers { handler.turnEnded() }
        }
        counters.turnEnded(start: start, end: MonotonicClock.nanoseconds)
        return !(stopping && ready.isEmpty)
    }

    /// How long epoll_wait may sleep, in milliseconds, rounded up: a timer never fires early. Sets `asleep` under the
    /// inbox's lock, so that work handed in from then on writes to the eventfd.
    private func timeoutBeforeSleep() -> Int32 {
        guard ready.isEmpty, turnEnd.isEmpty else { return 0 }
        var timeout: Int32 = -1
        if let deadline = timers.nextDeadline() {
            let left = deadline - MonotonicClock.nanoseconds
            timeout = left <= 0 ? 0 : Int32(min((left + 999_999) / 1_000_000, 3_600_000))
        }
        guard timeout != 0 else { return 0 }
        return inbox.withLock { inbox in
            guard inbox.work.isEmpty, inbox.phase == .running else { return 0 }
            inbox.asleep = true
            return timeout
        }
    }

    /// Takes over what other threads handed in; true when the loop is asked to stop.
    private func takeInbox() -> Bool {
        inbox.withLock { inbox in
            inbox.asleep = false
            if !inbox.work.isEmpty {
                ready.append(contentsOf: inbox.work)
                inbox.work.removeAll(keepingCapacity: inbox.work.count <= 4096)
            }
            return inbox.phase == .stopping
        }
    }

    private func fireTimers(now: Int64) {
        for _ in 0..<Share.timers {
            guard let action = timers.popDue(now: now) else { return }
            action.fire()
        }
    }

    private func runJobs(start: Int64) {
        var untilClock = Share.jobsBetweenClockReads
        var done: UInt64 = 0
        while let work = ready.popFirst() {
            work.run(on: self)
            done &+= 1
            untilClock -= 1
            if untilClock == 0 {
                if MonotonicClock.nanoseconds - start > Share.jobNanoseconds { break }
                untilClock = Share.jobsBetweenClockReads
            }
        }
        counters.ran(done)
    }

    /// The last steps on the loop's thread: nothing may wait for ever on a loop that is gone.
    private func end() {
        for action in timers.removeAll() { action.stopped?() }
        descriptors.removeAll()
        turnEnd.removeAll()
        repeat {
            while let work = ready.popFirst() { work.run(on: self) }
            let done = inbox.withLock { inbox in
                ready.append(contentsOf: inbox.work)
                inbox.work.removeAll()
                if ready.isEmpty { inbox.phase = .ended }
                return inbox.phase == .ended
            }
            if done { break }
        } while true
        loopThread.store(0, ordering: .relaxed)
    }
}

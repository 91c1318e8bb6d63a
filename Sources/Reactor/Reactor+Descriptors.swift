import CLinux
import Glibc

/// What a descriptor is watched for, and what it is ready for.
package struct Interest: OptionSet, Sendable, Hashable {
    /// Bits: 1 read, 2 write, 4 failed.
    package let rawValue: UInt8
    /// Makes a set from its bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bytes can be read, or the peer has closed.
    package static let read = Interest(rawValue: 1)
    /// Bytes can be written, or a connect has finished.
    package static let write = Interest(rawValue: 2)
    /// The descriptor has an error or was hung up. Always reported, need not be asked for.
    package static let failed = Interest(rawValue: 4)

    var epollBits: UInt32 {
        (contains(.read) ? fl_epollin : 0) | (contains(.write) ? fl_epollout : 0)
    }

    init(epollBits: UInt32) {
        var ready: Interest = []
        if epollBits & fl_epollin != 0 { ready.insert(.read) }
        if epollBits & fl_epollout != 0 { ready.insert(.write) }
        if epollBits & (fl_epollerr | fl_epollhup) != 0 { ready.insert(.failed) }
        self = ready
    }
}

/// Told on the loop when a watched descriptor is ready (level-triggered: again and again while it is).
package protocol DescriptorHandler: AnyObject {
    /// `descriptor` is ready for `ready`. It may watch, change and unwatch any descriptor.
    func descriptorReady(_ descriptor: Int32, _ ready: Interest)
}

/// Told once, at the end of the turn in which it asked for it.
package protocol TurnEndHandler: AnyObject {
    /// The turn's jobs have run; what they collected can be sent now.
    func turnEnded()
}

/// Who watches which descriptor, indexed by its number.
struct DescriptorTable {
    struct Entry {
        var handler: any DescriptorHandler
        var interest: Interest
        /// Tells an event of this watch from one of an earlier watch of the same number, collected before it was
        /// closed.
        var generation: UInt32
    }

    static let wakeUpMark = UInt64.max

    private var entries: [Entry?] = []
    private var generation: UInt32 = 0

    subscript(descriptor: Int32) -> Entry? {
        get { Int(descriptor) < entries.count ? entries[Int(descriptor)] : nil }
        set {
            while entries.count <= Int(descriptor) { entries.append(nil) }
            entries[Int(descriptor)] = newValue
        }
    }

    mutating func nextGeneration() -> UInt32 {
        generation &+= 1
        return generation
    }

    mutating func removeAll() { entries.removeAll() }

    static func mark(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(descriptor))
    }
}

extension Reactor {
    /// Watches a descriptor until `unwatch`; replaces an earlier watch of it. Loop only.
    ///
    /// Call `unwatch` before closing the descriptor. If the kernel can't watch it (a regular file, too many watches)
    /// the handler is told `.failed` in the next turn.
    package func watch(_ descriptor: Int32, for interest: Interest, handler: any DescriptorHandler) {
        preconditionOnLoop()
        precondition(descriptor >= 0, "not a descriptor")
        let generation = descriptors.nextGeneration()
        let mark = DescriptorTable.mark(descriptor, generation)
        descriptors[descriptor] = .init(handler: handler, interest: interest, generation: generation)
        if fl_epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, interest.epollBits, mark) == 0 { return }
        if errno == EEXIST, fl_epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, interest.epollBits, mark) == 0 { return }
        execute { [self] in
            guard let entry = descriptors[descriptor], entry.generation == generation else { return }
            entry.handler.descriptorReady(descriptor, .failed)
        }
    }

    /// Changes what a watched descriptor is watched for. One system call, none when nothing changes. Loop only.
    package func change(_ descriptor: Int32, to interest: Interest) {
        preconditionOnLoop()
        guard var entry = descriptors[descriptor], entry.interest != interest else { return }
        entry.interest = interest
        descriptors[descriptor] = entry
        let mark = DescriptorTable.mark(descriptor, entry.generation)
        _ = fl_epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, interest.epollBits, mark)
    }

    /// Stops watching; its handler hears nothing more, also of what this turn has collected. Loop only.
    package func unwatch(_ descriptor: Int32) {
        preconditionOnLoop()
        guard descriptors[descriptor] != nil else { return }
        descriptors[descriptor] = nil
        // Fails harmlessly when the descriptor is closed already.
        _ = fl_epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    /// Has `handler` called once at the end of this turn, or of the next when called from a turn-end handler. Loop
    /// only.
    package func atTurnEnd(_ handler: any TurnEndHandler) {
        preconditionOnLoop()
        turnEnd.append(handler)
    }

    func dispatch(_ events: UnsafeBufferPointer<epoll_event>) {
        for var event in events {
            let mark = fl_event_data(&event)
            if mark == DescriptorTable.wakeUpMark {
                var counter: UInt64 = 0
                _ = read(wakeUp, &counter, 8)
                continue
            }
            let descriptor = Int32(truncatingIfNeeded: mark)
            guard let entry = descriptors[descriptor], entry.generation == UInt32(truncatingIfNeeded: mark >> 32) else {
                continue
            }
            entry.handler.descriptorReady(descriptor, Interest(epollBits: event.events))
        }
    }
}

import Reactor
import Synchronization
import Testing

@testable import FleetWorker

@Suite("Coalescer", .timeLimit(.minutes(1))) struct CoalescerTests {
    private final class Batches: Sendable {
        let sent = Mutex<[[Int]]>([])
        let gate = Bell()
    }

    @Test("one batch is on its way, what arrives meanwhile goes into the next, none above the limit")
    func batches() async throws {
        let batches = Batches()
        let coalescer = Coalescer<Int>(limit: 3)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await coalescer.run { batch in
                    batches.sent.withLock { $0.append(batch) }
                    try? await batches.gate.wait()
                }
            }
            coalescer.add(0)
            while batches.sent.withLock({ $0.isEmpty }) { await Task.yield() }
            coalescer.add([1, 2, 3, 4])
            #expect(coalescer.pending == 5)
            for count in 1...3 {
                batches.gate.ring()
                while count < 3, batches.sent.withLock({ $0.count }) == count { await Task.yield() }
            }
            coalescer.close()
        }
        #expect(batches.sent.withLock { $0 } == [[0], [1, 2, 3], [4]])
        #expect(coalescer.pending == 0)
    }

    @Test("close sends what still waits")
    func closes() async {
        let batches = Batches()
        let coalescer = Coalescer<Int>(limit: 2)
        coalescer.add([1, 2, 3])
        coalescer.close()
        await coalescer.run { batch in batches.sent.withLock { $0.append(batch) } }
        #expect(batches.sent.withLock { $0 } == [[1, 2], [3]])
    }

    @Test("a cancelled run returns")
    func cancelled() async {
        let coalescer = Coalescer<Int>(limit: 2)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await coalescer.run { _ in } }
            group.cancelAll()
        }
    }
}

import CLinux
import Glibc
import Synchronization

/// The process's signals as a stream.
///
/// One per process: catching starts with the first call and stays for good, so a signal is never fatal again. A handler
/// writes into a pipe that the reactor watches; see the shim for why it is not signalfd.
package enum UnixSignals {
    /// Catches `numbers` (SIGTERM, SIGINT, SIGHUP, ...) and yields each as it arrives, until the stream's task is
    /// cancelled or the stream is dropped. Equal signals that come in quick succession may be one, as always in Unix.
    /// The latest stream gets them all; at most 16 are kept for a slow reader.
    ///
    /// - Throws: `ReactorError.system` when there is no descriptor left, or a number is not catchable.
    package static func stream(_ numbers: [Int32], on reactor: Reactor) throws(ReactorError) -> AsyncStream<Int32> {
        var ends: [Int32] = [0, 0]
        guard fl_pipe(&ends) == 0 else { throw .system(call: "pipe", number: errno) }
        // The write end stays open for the life of the process: the handler may be in the middle of using it.
        for number in numbers where fl_catch_signal(number, ends[1]) != 0 {
            throw .system(call: "sigaction", number: errno)
        }
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(16))
        let pipe = SignalPipe(readEnd: ends[0], continuation: continuation)
        reactor.execute { reactor.watch(pipe.readEnd, for: .read, handler: pipe) }
        continuation.onTermination = { _ in
            reactor.executeNowOrLater {
                reactor.unwatch(pipe.readEnd)
                pipe.close()
            }
        }
        return stream
    }
}

private final class SignalPipe: DescriptorHandler, Sendable {
    let readEnd: Int32
    private let continuation: AsyncStream<Int32>.Continuation
    private let closed = Atomic(false)

    init(readEnd: Int32, continuation: AsyncStream<Int32>.Continuation) {
        self.readEnd = readEnd
        self.continuation = continuation
    }

    func descriptorReady(_ descriptor: Int32, _ ready: Interest) {
        var numbers = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &numbers, numbers.count)
        for number in numbers.prefix(max(0, count)) { continuation.yield(Int32(number)) }
    }

    func close() {
        if !closed.exchange(true, ordering: .relaxed) { Glibc.close(readEnd) }
    }
}

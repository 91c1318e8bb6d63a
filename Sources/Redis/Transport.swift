import CLinux
import COpenSSL
import Glibc
import Reactor

/// What a read or a write on a non-blocking socket came to.
enum Transfer {
    case bytes(Int)
    /// Nothing now; try again when the socket is ready for this. TLS may need to write in order to read, and the
    /// reverse.
    case wouldBlock(Interest)
    case closed
    case failed(RedisError)
}

/// A connected socket, with TLS on it or not. Used on the loop only; closed once.
final class Transport {
    let descriptor: Int32
    private var session: OpaquePointer?
    private var isOpen = true

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    /// Begins TLS; then call `handshake` until it says it is done.
    func startTLS(_ context: TLSContext, host: String) throws(RedisError) {
        session = try context.session(on: descriptor, host: host)
    }

    /// Goes on with the handshake: nil when it is done, else what to wait for.
    func handshake() throws(RedisError) -> Interest? {
        guard let session else { return nil }
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 { return nil }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .read
        case SSL_ERROR_WANT_WRITE: return .write
        case SSL_ERROR_SSL: throw tlsError("the handshake failed", session: session)
        default: throw tlsError("the connection was closed during the handshake")
        }
    }

    /// True when decrypted bytes wait inside OpenSSL: epoll does not know of them.
    var hasBufferedInput: Bool { session.map { SSL_pending($0) > 0 } ?? false }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        if let session {
            ERR_clear_error()
            let count = SSL_read(session, buffer.baseAddress, Int32(buffer.count))
            return count > 0 ? .bytes(Int(count)) : failure(session, count)
        }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .closed }
            if errno != EINTR { return failure(errno, waitFor: .read) }
        }
    }

    /// May take only a part. Does not raise SIGPIPE (with TLS because the reactor has it ignored).
    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        if let session {
            ERR_clear_error()
            let count = SSL_write(session, bytes.baseAddress, Int32(min(bytes.count, 1 << 30)))
            return count > 0 ? .bytes(Int(count)) : failure(session, count)
        }
        while true {
            let count = fl_send(descriptor, bytes.baseAddress, bytes.count)
            if count >= 0 { return .bytes(count) }
            if errno != EINTR { return failure(errno, waitFor: .write) }
        }
    }

    /// Closes the socket. TLS's farewell is not sent: it could block, and RESP needs none to see where a reply ends.
    func close() {
        guard isOpen else { return }
        isOpen = false
        if let session { SSL_free(session) }
        session = nil
        Glibc.close(descriptor)
    }

    private func failure(_ number: Int32, waitFor interest: Interest) -> Transfer {
        switch number {
        case EAGAIN, EWOULDBLOCK: .wouldBlock(interest)
        case ECONNRESET, EPIPE: .closed
        default: .failed(SocketAddress.failure(number))
        }
    }

    private func failure(_ session: OpaquePointer, _ result: Int32) -> Transfer {
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: .wouldBlock(.read)
        case SSL_ERROR_WANT_WRITE: .wouldBlock(.write)
        case SSL_ERROR_SSL: .failed(tlsError("the connection broke", session: session))
        default: .closed
        }
    }
}

import CHiredis

/// hiredis's parser: bytes in, replies out. One per connection; not thread-safe.
final class ReplyReader {
    private var reader: UnsafeMutablePointer<redisReader>
    /// Bytes fed since the last whole reply, so that a reply can't grow without end: hiredis itself has no limit.
    private var bytesOfReply = 0
    private let maximumBytes: Int

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        reader = Self.make()
    }

    deinit { redisReaderFree(reader) }

    /// Feeds what was read and hands each whole reply to `consume`, which may stop by throwing.
    ///
    /// - Throws: `replyTooLarge`, `malformedReply`; then the connection is of no more use.
    func feed(_ bytes: UnsafeRawBufferPointer, _ consume: (UnsafeMutablePointer<redisReply>) throws(RedisError) -> Void)
        throws(RedisError)
    {
        // In slices: hiredis moves the rest of its buffer to the front after each kilobyte it has parsed.
        var offset = 0
        while offset < bytes.count {
            let count = min(Self.slice, bytes.count - offset)
            let start = bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            guard redisReaderFeed(reader, start, count) == REDIS_OK else { throw RedisError(.malformedReply) }
            offset += count
            bytesOfReply += count
            while let reply = try next() {
                bytesOfReply = 0
                defer { freeReplyObject(reply) }
                try consume(reply)
            }
            guard bytesOfReply <= maximumBytes else { throw RedisError(.replyTooLarge, "\(maximumBytes)") }
        }
    }

    private func next() throws(RedisError) -> UnsafeMutablePointer<redisReply>? {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw RedisError(.malformedReply) }
        return reply?.assumingMemoryBound(to: redisReply.self)
    }

    /// For a new connection.
    func reset() {
        redisReaderFree(reader)
        reader = Self.make()
        bytesOfReply = 0
    }

    private static let slice = 16 * 1024

    private static func make() -> UnsafeMutablePointer<redisReader> {
        guard let reader = redisReaderCreate() else { preconditionFailure("out of memory") }
        // Default 16 KiB: an empty buffer that has grown beyond would be freed and made anew all the time.
        reader.pointee.maxbuf = 1 << 20
        return reader
    }
}

extension RedisReply {
    /// Copies a reply of hiredis, whose nesting it has limited (7 levels in 0.14, 9 in 1.x).
    init(_ reply: UnsafeMutablePointer<redisReply>) {
        switch reply.pointee.type {
        case REDIS_REPLY_STRING:
            self = .bytes(Array(reply.textBytes))
        case REDIS_REPLY_STATUS:
            self = .status(String(decoding: reply.textBytes, as: UTF8.self))
        case REDIS_REPLY_INTEGER:
            self = .integer(Int64(reply.pointee.integer))
        case REDIS_REPLY_ARRAY:
            let elements = UnsafeBufferPointer(start: reply.pointee.element, count: Int(reply.pointee.elements))
            self = .array(elements.map { $0.map(RedisReply.init) ?? .null })
        case REDIS_REPLY_ERROR:
            self = .error(RedisError(reply: String(decoding: reply.textBytes, as: UTF8.self)))
        default:
            // NIL. RESP3's further types can't come: HELLO 3 is never sent.
            self = .null
        }
    }
}

extension UnsafeMutablePointer<redisReply> {
    fileprivate var textBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: pointee.str, count: Int(pointee.len))
    }
}

/// Commands encoded one after the other (RESP2), and how much of them is sent.
///
///     *2\r\n $3\r\nGET\r\n $1\r\nk\r\n      number of arguments, then each with its length
///
/// hiredis's formatter would allocate a buffer per command and copy; a test compares the two.
struct RESPBuffer {
    private(set) var bytes: [UInt8] = []
    private var head = 0

    /// Bytes that are not sent yet.
    var count: Int { bytes.count - head }

    /// Beyond this a sent buffer is given back instead of kept.
    private static let keptCapacity = 1 << 20

    mutating func append(_ command: RedisCommand) {
        begin(count: command.arguments.count)
        for argument in command.arguments { append(argument) }
    }

    /// `EVALSHA digest n keys arguments`, or `EVAL text n keys arguments`, without building the list of arguments.
    mutating func append(
        _ script: RedisScript, full: Bool, keys: borrowing [RedisValue], arguments: borrowing [RedisValue]
    ) {
        begin(count: 3 + keys.count + arguments.count)
        append(utf8: full ? "EVAL" : "EVALSHA")
        append(utf8: full ? script.source : script.sha1)
        append(integer: keys.count)
        for index in keys.indices { append(keys[index]) }
        for index in arguments.indices { append(arguments[index]) }
    }

    private mutating func begin(count: Int) {
        bytes.append(UInt8(ascii: "*"))
        appendDecimal(count)
        endLine()
    }

    private mutating func append(_ value: RedisValue) {
        switch value {
        case .string(let text): append(utf8: text)
        case .bytes(let content):
            beginBulk(content.count)
            bytes.append(contentsOf: content)
            endLine()
        case .integer(let number): append(integer: number)
        }
    }

    private mutating func append(utf8 text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { content in
            beginBulk(content.count)
            bytes.append(contentsOf: content)
            endLine()
        }
        if done == nil {
            beginBulk(text.utf8.count)
            bytes.append(contentsOf: text.utf8)
            endLine()
        }
    }

    private mutating func append(integer number: Int) {
        withDecimal(number) { digits, buffer in
            buffer.beginBulk(digits.count)
            buffer.bytes.append(contentsOf: digits)
            buffer.endLine()
        }
    }

    private mutating func beginBulk(_ length: Int) {
        bytes.append(UInt8(ascii: "$"))
        appendDecimal(length)
        endLine()
    }

    private mutating func endLine() {
        bytes.append(13)
        bytes.append(10)
    }

    private mutating func appendDecimal(_ number: Int) {
        if number >= 0, number < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(number))
        } else {
            withDecimal(number) { digits, buffer in buffer.bytes.append(contentsOf: digits) }
        }
    }

    private mutating func withDecimal(
        _ number: Int, _ body: (UnsafeBufferPointer<UInt8>, inout RESPBuffer) -> Void
    ) {
        // 20 places hold the smallest Int with its sign.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var place = 20
            var rest = number.magnitude
            repeat {
                place -= 1
                digits.initializeElement(at: place, to: UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            } while rest > 0
            if number < 0 {
                place -= 1
                digits.initializeElement(at: place, to: UInt8(ascii: "-"))
            }
            body(UnsafeBufferPointer(rebasing: digits[place...]), &self)
        }
    }
}

// MARK: - Sending

extension RESPBuffer {
    /// The bytes that are not sent yet; valid during `body`.
    func withUnsent<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    }

    /// Forgets `count` bytes from the front.
    mutating func didSend(_ count: Int) {
        head += count
        if head == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptCapacity)
            head = 0
        } else if head > Self.keptCapacity, head > bytes.count / 2 {
            // A slow peer: without this the sent part would stay until everything is sent, which may never happen.
            bytes.removeSubrange(..<head)
            head = 0
        }
    }

    mutating func removeAll() {
        bytes = []
        head = 0
    }
}

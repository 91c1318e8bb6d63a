import CHiredis
import Testing

@testable import Redis

// @testable: the buffer is internal, and hiredis's own formatter is the reference.
@Suite("Encoding commands")
struct EncodingTests {
    @Test(
        "a command is encoded as hiredis would",
        arguments: [
            ["PING"], ["SET", "k", "v"], ["SET", "", ""], ["SET", "k", .integer(0)], ["SET", "k", .integer(9)],
            ["SET", "k", .integer(10)], ["SET", "k", .integer(-1)], ["SET", "k", .integer(.max)],
            ["SET", "k", .integer(.min)], ["SET", "ключ", "значение 🗓"], ["SET", "k", .bytes([0, 13, 10, 255])],
            RedisCommand(Array(repeating: .string(String(repeating: "x", count: 1000)), count: 123)),
        ] as [RedisCommand])
    func likeHiredis(_ command: RedisCommand) {
        var buffer = RESPBuffer()
        buffer.append(command)
        #expect(buffer.unsent == formatted(command))
    }

    @Test("a script call is encoded as the list of its arguments")
    func script() {
        let script = RedisScript(name: "x", source: "return 1")
        let (keys, arguments): ([RedisValue], [RedisValue]) = (["a", "b"], [1, "c", .bytes([7])])
        for full in [false, true] {
            var buffer = RESPBuffer()
            buffer.append(script, full: full, keys: keys, arguments: arguments)
            let name: [RedisValue] = full ? ["EVAL", "return 1"] : ["EVALSHA", .string(script.sha1)]
            #expect(buffer.unsent == formatted(RedisCommand(name + [2] + keys + arguments)))
        }
        #expect(script.sha1 == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    }

    @Test("what is sent leaves the buffer, in any portions")
    func portions() {
        var buffer = RESPBuffer()
        var expected: [UInt8] = []
        var sent: [UInt8] = []
        for round in 0..<2000 {
            let command = RedisCommand("SET", .integer(round), .bytes(Array(repeating: 7, count: 2000)))
            buffer.append(command)
            expected += formatted(command)
            let count = min(buffer.count, round % 7 * 500)
            sent += buffer.unsent.prefix(count)
            buffer.didSend(count)
        }
        sent += buffer.unsent
        buffer.didSend(buffer.count)
        #expect(sent == expected && buffer.count == 0)
    }

    /// redisFormatCommandArgv: int in hiredis 0.14, long long in 1.x.
    private func formatted(_ command: RedisCommand) -> [UInt8] {
        let arguments: [[CChar]] = command.arguments.map { argument in
            let bytes: [UInt8] =
                switch argument {
                case .string(let text): Array(text.utf8)
                case .bytes(let bytes): bytes
                case .integer(let number): Array("\(number)".utf8)
                }
            // One byte more, so that an empty argument has an address as well.
            return bytes.map { CChar(bitPattern: $0) } + [0]
        }
        let copies = arguments.map { bytes in
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
            _ = copy.initialize(from: bytes)
            return copy
        }
        defer { copies.forEach { $0.deallocate() } }
        var pointers = copies.map { UnsafePointer($0.baseAddress) }
        let lengths = arguments.map { $0.count - 1 }
        var target: UnsafeMutablePointer<CChar>?
        let length = Int(redisFormatCommandArgv(&target, .init(pointers.count), &pointers, lengths))
        defer { redisFreeCommand(target) }
        return Array(UnsafeRawBufferPointer(start: target, count: length))
    }
}

extension RESPBuffer {
    var unsent: [UInt8] { withUnsent { Array($0) } }
}

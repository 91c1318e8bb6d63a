// A Redis client of a hundred lines, only for the tests: one blocking socket, one command at a time, RESP2.
//
// It is independent of the product's client and of hiredis, so that a fault in either can't hide itself: producers and
// consumers of the fleet are other people's programs. Calls block their thread for as long as Redis takes (a loopback
// or unix socket: microseconds) and never longer than the time limit of the socket, after which they throw. It connects
// by itself at the first command and after every fault, so a test can restart Redis beneath it.

import Foundation
import Synchronization

struct RedisProbeError: Error, CustomStringConvertible {
    let description: String
}

/// A blocking client of a Redis on a unix socket or a loopback port.
final class RedisProbe: Sendable {
    enum Address: Sendable {
        case unix(String)
        case port(Int)
    }

    private let address: Address
    private let state = Mutex(State())
    private let forged = Atomic(false)
    private let pushed = Mutex<[(list: String, text: String)]>([])

    /// The payloads that were pushed through it onto a fleet's lists, up to 50,000: what SchemaJudge looks at.
    var payloads: [(list: String, text: String)] { pushed.withLock { $0 } }
    /// Whether an entry was written through it as if by a fleet.
    var hasForged: Bool { forged.load(ordering: .relaxed) }

    private struct State {
        var descriptor: Int32 = -1
        var buffer: [UInt8] = []
        var position = 0
    }

    init(_ address: Address) {
        self.address = address
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
    }

    /// Sends one command and returns its answer; an error answer of Redis is thrown.
    @discardableResult
    func call(_ arguments: String...) throws -> Reply {
        try call(arguments.map { Array($0.utf8) })
    }

    /// As above, for arguments that are bytes.
    @discardableResult
    func call(_ arguments: [[UInt8]]) throws -> Reply {
        let reply = try pipeline([arguments])[0]
        if case .error(let text) = reply { throw RedisProbeError(description: text) }
        return reply
    }

    /// Sends many commands at once and returns their answers in order; error answers are returned, not thrown.
    func pipeline(_ commands: [[[UInt8]]]) throws -> [Reply] {
        for command in commands where command.count > 2 { note(command) }
        return try state.withLock { state in
            do {
                try connect(&state)
                try send(commands, over: state.descriptor)
                return try commands.map { _ in try readReply(&state) }
            } catch {
                if state.descriptor >= 0 { close(state.descriptor) }
                state = State()
                throw error
            }
        }
    }

    /// Forgets its connection, for instance because the server was killed; the next call connects anew.
    func hangUp() {
        state.withLock { state in
            if state.descriptor >= 0 { close(state.descriptor) }
            state = State()
        }
    }

    private func note(_ command: [[UInt8]]) {
        let list = String(decoding: command[1], as: UTF8.self)
        if command[0] == Array("XADD".utf8) { forged.store(true, ordering: .relaxed) }
        guard ["LPUSH", "RPUSH"].contains(String(decoding: command[0], as: UTF8.self)), list.contains(":jobs")
        else { return }
        pushed.withLock { pushed in
            for payload in command.dropFirst(2) where pushed.count < 50_000 {
                pushed.append((list, String(decoding: payload, as: UTF8.self)))
            }
        }
    }

    private func connect(_ state: inout State) throws {
        guard state.descriptor < 0 else { return }
        state.descriptor =
            switch address {
            case .unix(let path): try BlockingSocket.connect(unixPath: path)
            case .port(let port): try BlockingSocket.connect(port: port)
            }
    }

    private func send(_ commands: [[[UInt8]]], over descriptor: Int32) throws {
        var bytes: [UInt8] = []
        for command in commands {
            bytes += "*\(command.count)\r\n".utf8
            for argument in command {
                bytes += "$\(argument.count)\r\n".utf8
                bytes += argument
                bytes += "\r\n".utf8
            }
        }
        try BlockingSocket.writeAll(bytes, to: descriptor)
    }

    private func readReply(_ state: inout State) throws -> Reply {
        let line = try readLine(&state)
        guard let kind = line.first else { throw RedisProbeError(description: "an empty line from Redis") }
        let text = String(decoding: line.dropFirst(), as: UTF8.self)
        switch kind {
        case UInt8(ascii: "+"): return .status(text)
        case UInt8(ascii: "-"): return .error(text)
        case UInt8(ascii: ":"): return .integer(Int(text) ?? 0)
        case UInt8(ascii: "$"):
            guard let count = Int(text), count >= 0 else { return .null }
            return .bulk(try readBytes(count, &state))
        case UInt8(ascii: "*"):
            guard let count = Int(text), count >= 0 else { return .null }
            return .array(try (0..<count).map { _ in try readReply(&state) })
        default: throw RedisProbeError(description: "not RESP2: \(kind)")
        }
    }

    private func readLine(_ state: inout State) throws -> [UInt8] {
        while true {
            if let end = state.buffer[state.position...].firstIndex(of: UInt8(ascii: "\r")),
                end + 1 < state.buffer.count
            {
                defer { state.position = end + 2 }
                return Array(state.buffer[state.position..<end])
            }
            try fill(&state)
        }
    }

    private func readBytes(_ count: Int, _ state: inout State) throws -> [UInt8] {
        while state.buffer.count - state.position < count + 2 { try fill(&state) }
        defer { state.position += count + 2 }
        return Array(state.buffer[state.position..<(state.position + count)])
    }

    private func fill(_ state: inout State) throws {
        if state.position > 0 {
            state.buffer.removeFirst(state.position)
            state.position = 0
        }
        state.buffer += try BlockingSocket.readSome(from: state.descriptor)
    }
}

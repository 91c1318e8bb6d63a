// One HTTP/1.1 request on a connection of its own to a loopback port: the simulator's control API, a worker's metrics
// and health. `Connection: close` and a body up to the end of the stream keep it short; chunked answers are put
// together.

import Foundation

struct LoopbackHTTP: Sendable {
    let port: Int

    struct Answer: Sendable {
        let status: Int
        var head = ""
        let body: Data
        /// The first header of that name.
        func header(_ name: String) -> String? {
            let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            return line.map { String($0.dropFirst(name.count + 2)) }
        }
        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSON { JSON(data: body) ?? .null }
    }

    /// Sends one request and waits for the whole answer, at most ``BlockingSocket/limitSeconds`` between two reads.
    func request(_ method: String, _ path: String, headers: [String: String] = [:], body: JSON? = nil) throws -> Answer
    {
        let descriptor = try BlockingSocket.connect(port: port)
        defer { close(descriptor) }
        let content = body.map { Array($0.text.utf8) } ?? []
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        if body != nil { head += "Content-Type: application/json\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        head += "Content-Length: \(content.count)\r\n\r\n"
        try BlockingSocket.writeAll(Array(head.utf8) + content, to: descriptor)
        return try answer(from: descriptor)
    }

    /// Sends a head as it stands (without its empty line, Host and Content-Length) and a body.
    func raw(_ head: String, body: [UInt8]) throws -> Answer { try raw(head, length: body.count, body: body) }

    /// The same with a length that need not be the body's; nil sends none.
    func raw(_ head: String, length: Int?, body: [UInt8]) throws -> Answer {
        let descriptor = try BlockingSocket.connect(port: port)
        defer { close(descriptor) }
        let told = length.map { "Content-Length: \($0)\r\n" } ?? ""
        let whole = Array("\(head)Host: 127.0.0.1\r\nConnection: close\r\n\(told)\r\n".utf8) + body
        // Whoever refuses may close before all is written; the answer is what counts.
        try? BlockingSocket.writeAll(whole, to: descriptor)
        return try answer(from: descriptor)
    }

    private func answer(from descriptor: Int32) throws -> Answer {
        var answer = Data()
        while true {
            let bytes = try BlockingSocket.readOrEnd(from: descriptor)
            if bytes.isEmpty { break }
            answer.append(contentsOf: bytes)
        }
        return try parse(answer)
    }

    private func parse(_ answer: Data) throws -> Answer {
        guard let end = answer.firstRange(of: Data("\r\n\r\n".utf8)) else {
            throw SocketError(what: "an answer without a head", number: EBADMSG)
        }
        let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
        let words = head.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let status = Int(words[1].prefix(3)) else {
            throw SocketError(what: "a status line", number: EBADMSG)
        }
        let rest = answer[end.upperBound...]
        let chunked = head.lowercased().contains("transfer-encoding: chunked")
        return Answer(status: status, head: head, body: chunked ? unchunk(rest) : Data(rest))
    }

    private func unchunk(_ bytes: Data) -> Data {
        var rest = bytes
        var body = Data()
        while let line = rest.firstRange(of: Data("\r\n".utf8)) {
            let digits = String(decoding: rest[..<line.lowerBound], as: UTF8.self).prefix { $0 != ";" }
            guard let count = Int(digits, radix: 16), count > 0 else { break }
            body += rest[line.upperBound...].prefix(count)
            rest = rest[line.upperBound...].dropFirst(count + 2)
        }
        return body
    }
}

/// Where to listen: `127.0.0.1:9464`, `[::1]:9464`, `localhost:0`.
struct Endpoint: Sendable, Equatable {
    var host: String
    var port: Int

    /// nil for what isn't `HOST:PORT` with a port of 0 to 65535 (0: any free one).
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        let digits = text[text.index(after: colon)...]
        guard !host.isEmpty, !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// As one writes it in a URL.
    var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

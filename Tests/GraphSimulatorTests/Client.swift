import Foundation
import FoundationNetworking
import GraphSimulator
import Testing

/// A plain HTTP client of a running simulator: what a test sends is what goes over the wire.
struct Client {
    let simulator: RunningSimulator
    var token: String?

    /// An answer.
    struct Reply {
        let status: Int
        let headers: [String: String]
        let body: [UInt8]

        /// The body as JSON; `null` if it is none.
        var json: JSON { (try? JSON(parsing: body)) ?? .null }

        /// Graph's error code.
        var code: String? { json["error"]?["code"]?.string }

        subscript(_ name: String) -> JSON? { json[name] }

        func header(_ name: String) -> String? { headers[name.lowercased()] }
    }

    /// Sends a request; `path` is relative to the Graph root, absolute, or a whole URL.
    func send(
        _ method: String, _ path: String, _ body: JSON? = nil, headers: [String: String] = [:],
        raw: (type: String, text: String)? = nil
    ) async throws -> Reply {
        let text = path.hasPrefix("http") ? path : simulator.graphURL + path
        var request = URLRequest(url: try #require(URL(string: text)), timeoutInterval: 20)
        request.httpMethod = method
        if let token { request.setValue("Bearer " + token, forHTTPHeaderField: "Authorization") }
        if let body {
            request.httpBody = Data(body.bytes)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let raw {
            request.httpBody = Data(raw.text.utf8)
            request.setValue(raw.type, forHTTPHeaderField: "Content-Type")
        }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await Self.session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        var fields: [String: String] = [:]
        for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Reply(status: http.statusCode, headers: fields, body: [UInt8](data))
    }

    func get(_ path: String, prefer: String? = nil) async throws -> Reply {
        try await send("GET", path, headers: prefer.map { ["Prefer": $0] } ?? [:])
    }

    /// Follows a delta round to its end.
    func round(_ first: String, prefer: String = "odata.maxpagesize=50") async throws -> (items: [JSON], link: String) {
        var items: [JSON] = []
        var link = first
        for _ in 0..<500 {
            let reply = try await get(link, prefer: prefer)
            try #require(reply.status == 200, "\(reply.json.text)")
            items += reply["value"]?.array ?? []
            if let next = reply["@odata.nextLink"]?.string {
                link = next
            } else {
                return (items, try #require(reply["@odata.deltaLink"]?.string))
            }
        }
        throw SimulatorRefusal.endlessRound
    }

    /// Redirects are answers, not something to follow.
    private static let session = URLSession(
        configuration: .ephemeral, delegate: NoRedirects(), delegateQueue: nil)
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate, Sendable {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) { completionHandler(nil) }
}

extension SimulatorRefusal {
    /// A round that didn't end within 500 pages.
    static var endlessRound: any Error { EndlessRound() }
}

private struct EndlessRound: Error {}

/// Starts a simulator with one mailbox, `ada@contoso.example` in Berlin, and a client with her token.
func withAda(
    options: SimulatorOptions = SimulatorOptions(),
    _ body: @escaping @Sendable (Client) async throws -> Void
) async throws {
    try await GraphSimulatorServer.withServer(options: options) { running in
        try running.simulator.control(
            "POST", "/control/mailboxes",
            ["address": "ada@contoso.example", "name": "Ada", "timeZone": "W. Europe Standard Time"])
        let tokens = try running.simulator.control("POST", "/control/tokens", ["mailbox": "ada@contoso.example"])
        try await body(Client(simulator: running, token: tokens["access_token"]?.string))
    }
}

/// A single event's body.
func event(
    _ subject: String, _ start: String, _ end: String, zone: String = "UTC", _ more: [(String, JSON)] = []
) -> JSON {
    var object = JSONObject([
        ("subject", .string(subject)),
        ("start", ["dateTime": .string(start), "timeZone": .string(zone)]),
        ("end", ["dateTime": .string(end), "timeZone": .string(zone)]),
    ])
    for (name, value) in more { object[name] = value }
    return .object(object)
}

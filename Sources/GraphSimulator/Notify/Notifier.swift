import Foundation
import FoundationNetworking

/// Posts to subscribers: the handshake when a subscription is made, and the deliveries.
struct Notifier: Sendable {
    let simulator: Simulator
    /// Waits for so many seconds.
    let wait: @Sendable (Double) async -> Void

    private static let handshakeTimeout = 10.0
    private static let deliveryTimeout = 3.0
    private static let maximumItems = 100

    /// Sends what is due until its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for await _ in simulator.wakes {
                let (groups, next) = simulator.locked { $0.subscriptions.takeDue(at: $0.now) }
                for deliveries in groups {
                    group.addTask { await send(deliveries) }
                }
                guard let next else { continue }
                group.addTask {
                    await wait(next + 0.002)
                    simulator.awakenNotifier()
                }
            }
            group.cancelAll()
        }
    }

    private func send(_ deliveries: [Delivery]) async {
        var rest = deliveries[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(Self.maximumItems))
            rest = rest.dropFirst(Self.maximumItems)
            let body: JSON = ["value": .array(part.map(\.item))]
            let began = ContinuousClock.now
            let status = await Self.post(
                part[0].url, body: body.bytes, type: "application/json; charset=utf-8", timeout: Self.deliveryTimeout
            )?.status
            let isSlow = began.duration(to: .now) >= .seconds(EndpointHealth.slowSeconds)
            simulator.locked { $0.subscriptions.sent(part, status: status ?? 0, isSlow: isSlow, at: $0.now) }
        }
        simulator.awakenNotifier()
    }

    /// Asks a URL to echo a token: 200, text/plain, the token itself, within ten seconds.
    static func isValid(_ url: String, token: String) async -> Bool {
        let separator = url.contains("?") ? "&" : "?"
        let target = "\(url)\(separator)validationToken=\(FormCoding.encode(token))"
        guard
            let reply = await post(target, body: [], type: "text/plain; charset=utf-8", timeout: handshakeTimeout)
        else { return false }
        let type = reply.type?.lowercased() ?? ""
        return reply.status == 200 && type.hasPrefix("text/plain") && reply.body == Array(token.utf8)
    }

    private static func post(_ url: String, body: [UInt8], type: String, timeout: Double) async -> Reply? {
        guard let target = URL(string: url) else { return nil }
        var request = URLRequest(url: target, timeoutInterval: timeout)
        request.httpMethod = "POST"
        request.httpBody = Data(body)
        request.setValue(type, forHTTPHeaderField: "Content-Type")
        // By callback, not by `data(for:)`: that one, cancelled while its request is on the way, may never return here.
        // The request's own timeout ends the wait.
        return await withCheckedContinuation { continuation in
            let task = URLSession.shared.dataTask(with: request) { data, response, _ in
                guard let data, let http = response as? HTTPURLResponse else {
                    return continuation.resume(returning: nil)
                }
                continuation.resume(
                    returning: Reply(
                        status: http.statusCode, type: http.value(forHTTPHeaderField: "Content-Type"),
                        body: [UInt8](data)))
            }
            task.resume()
        }
    }

    private struct Reply: Sendable {
        let status: Int
        let type: String?
        let body: [UInt8]
    }
}

import FleetCore
import FleetStore
import Foundation
import HTTPTypes
import Hummingbird

/// The dashboard's calls, each behind the operator's key: they show tenants' names and act on their jobs.
///
/// - `GET /`: the page
/// - `GET /dashboard/stream`: server-sent events, parts of the page as they change
/// - `POST /dashboard/dead/retry`, `POST /dashboard/dead/discard`: a form with `entry=`, from the page itself only
struct DashboardCalls: Sendable {
    /// Longest form in bytes.
    private static let formLimit = 4096
    /// A stream without news says something every so many frames, so that proxies don't end it.
    private static let heartbeat = 15

    let door: OperatorDoor
    let feed: DashboardFeed
    let store: Store

    var routes: [Routes.Route] {
        [
            Routes.Route("dashboard", "/", ["GET": door.guarding(page)]),
            Routes.Route("dashboard_stream", "/dashboard/stream", ["GET": door.guarding(stream)]),
            Routes.Route("dead_retry", "/dashboard/dead/retry", ["POST": door.guarding { try await deed($0, retry) }]),
            Routes.Route(
                "dead_discard", "/dashboard/dead/discard", ["POST": door.guarding { try await deed($0, discard) }]),
        ]
    }

    private func page(_ call: GatewayRequest) async throws -> Response { await page(200) }

    private func page(_ status: Int, said: String = "") async -> Response {
        .page(status, DashboardPage.html(await feed.frame(), namespace: store.keys.namespace, said: said))
    }

    // MARK: The stream

    private func stream(_ call: GatewayRequest) async throws -> Response {
        guard let frames = feed.watch() else {
            throw Problem.unavailable("too many dashboards are open: close one")
        }
        var response = Response(200, type: "text/event-stream", bytes: [])
        response.body = ResponseBody { writer in
            var sent: [DashboardPart: HTML] = [:]
            var silent = 0
            for await frame in frames {
                let news = Self.news(frame, &sent)
                silent += 1
                guard news != nil || silent >= Self.heartbeat else { continue }
                silent = 0
                try await writer.write(ByteBuffer(string: news.map { "data: \($0)\n\n" } ?? ": still here\n\n"))
            }
            try await writer.finish(nil)
        }
        return response
    }

    /// `{"state":"live","trouble":false,"parts":[[ID, MARKUP]...]}` with the parts that differ from what was sent; nil
    /// if none does. While Redis is away the old figures stand.
    private static func news(_ frame: DashboardFrame, _ sent: inout [DashboardPart: HTML]) -> String? {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("state", DashboardPage.state(frame))
        writer.member("trouble", frame.trouble != nil)
        writer.key("parts")
        writer.beginArray()
        var differs = frame.trouble != nil
        for part in frame.trouble == nil ? DashboardPart.allCases : [] {
            let html = part.html(frame)
            guard sent[part] != html else { continue }
            sent[part] = html
            differs = true
            writer.beginArray()
            writer.value(part.rawValue)
            writer.value(html.text)
            writer.endArray()
        }
        writer.endArray()
        writer.endObject()
        return differs ? writer.text : nil
    }

    // MARK: Deeds

    private typealias Deed = @Sendable (DeadLetter) async throws(StoreError) -> (status: Int, said: String)

    /// Does it to the dead letter that the form names; answers a form with the page, a script with a line.
    private func deed(_ call: GatewayRequest, _ act: Deed) async throws -> Response {
        guard Self.isFromOurPage(call) else { throw Problem(403, .accessDenied, "this form came from another site") }
        let form = String(decoding: try await call.readBody(limit: Self.formLimit), as: UTF8.self)
        let outcome = try await outcome(form, act)
        guard (call.headers[.accept] ?? "").contains("text/plain") else {
            return await page(outcome.status, said: outcome.said)
        }
        return .text(outcome.status, outcome.said)
    }

    private func outcome(_ form: String, _ act: Deed) async throws(StoreError) -> (status: Int, said: String) {
        guard let entry = form.split(separator: "&").first(where: { $0.hasPrefix("entry=") })?.dropFirst(6),
            entry.wholeMatch(of: #/[0-9]{1,20}-[0-9]{1,20}/#) != nil
        else { return (400, "The form names no dead letter.") }
        guard let letter = try await DeadLetters(store).letter(at: String(entry)) else {
            return (404, "That dead letter is gone already.")
        }
        return try await act(letter)
    }

    @Sendable private func retry(_ letter: DeadLetter) async throws(StoreError) -> (status: Int, said: String) {
        let id = JobID("retry-\(UUID().uuidString.lowercased())")
        switch try await DeadLetters(store).retry(letter, as: id) {
        case .retried(let job, let connection):
            return (200, "Enqueued again for \(connection.description) as \(job.rawValue).")
        case .missing: return (404, "That dead letter is gone already.")
        case .notAJob: return (409, "It never was a valid job: push a corrected payload.")
        case .notConnected: return (409, "Its calendar isn't connected any more.")
        case .ambiguousCalendar: return (409, "Its calendar fits several connections by now.")
        }
    }

    @Sendable private func discard(_ letter: DeadLetter) async throws(StoreError) -> (status: Int, said: String) {
        try await DeadLetters(store).discard(letter) ? (200, "Discarded.") : (404, "It was gone already.")
    }

    /// A browser adds the operator's key to whatever any page sends here, but says where that page came from. Programs
    /// say nothing, and carry the key on purpose.
    private static func isFromOurPage(_ call: GatewayRequest) -> Bool {
        if let site = call.headers[.secFetchSite] { return site == "same-origin" }
        return call.headers[.origin] == nil
    }
}

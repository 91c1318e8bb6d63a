import FleetCore
import Graph
import HTTP
import Reactor

/// Whether Graph and the login endpoint can be reached: any answer will do, also a refusal.
struct GraphCheck: Sendable {
    let flags: GraphFlags.Values

    func run(on reactor: Reactor) async -> CheckReport {
        let http = HTTPClient(reactor: reactor)
        var report = CheckReport()
        await reach("graph", flags.graphURL, http, &report)
        await reach("login", flags.loginURL, http, &report)
        await http.close()
        registration(&report)
        return report
    }

    private func reach(_ subject: String, _ url: String, _ http: HTTPClient, _ report: inout CheckReport) async {
        do {
            let answer = try await http.send(HTTPRequest(.get, url, timeout: flags.requestTimeout))
            let isWell = answer.status < 500
            report.add(isWell ? .ok : .warning, subject, "\(url) answers (\(answer.status))")
        } catch {
            switch error.kind {
            case .tls: report.add(.unfit, subject, "\(url): \(error): are the system's certificates there?")
            case .badRequest: report.add(.unfit, subject, "\(url): \(error)")
            default: report.add(.away, subject, "\(url): \(error)")
            }
        }
    }

    private func registration(_ report: inout CheckReport) {
        switch (flags.clientID, flags.clientSecretFile) {
        case (nil, _):
            report.add(
                .warning, "client", "no --client-id: access tokens can't be refreshed, connections end with their token"
            )
        case (_?, nil): report.add(.warning, "client", "no --client-secret-file: right only for a public client")
        case (let id?, let path?):
            do throws(ProgramError) {
                _ = try ClientSecret.read(path)
                report.add(.ok, "client", id)
            } catch {
                report.add(.unfit, "client", error.message)
            }
        }
    }
}

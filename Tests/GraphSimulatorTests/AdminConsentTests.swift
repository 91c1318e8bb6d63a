import Foundation
import GraphSimulator
import Testing

/// Goal: an administrator's consent goes as Entra's page does, and gives what application permissions need.
@Suite struct AdminConsentTests {
    private static let redirect = "https://fleet.example/done"

    private func ask(_ client: Client, _ more: [(String, String)], tenant: String = "contoso.example") async throws
        -> Client.Reply
    {
        let query =
            [("client_id", SimulatorOptions.defaultClientID), ("redirect_uri", Self.redirect), ("state", "s t&te")]
            + more
        let text = query.map { "\($0.0)=\($0.1.addingPercentEncoding ?? "")" }.joined(separator: "&")
        return try await client.get("\(client.simulator.url)/\(tenant)/adminconsent?\(text)")
    }

    private func parameters(_ reply: Client.Reply) throws -> [String: String] {
        let items = URLComponents(string: try #require(reply.header("location")))?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { $1 }
    }

    @Test("the page names the directory; accepting leads back with tenant, state and admin_consent")
    func accepted() async throws {
        try await withAda { client in
            let page = try await ask(client, [])
            #expect(page.status == 200 && String(decoding: page.body, as: UTF8.self).contains("contoso.example"))
            let back = try await ask(client, [("sim_decision", "accept")])
            #expect(back.status == 302)
            let given = try parameters(back)
            #expect(given["admin_consent"] == "True" && given["state"] == "s t&te" && given["error"] == nil)
            #expect(given["tenant"]?.count == 36)
        }
    }

    @Test("refusing leads back with permission_denied; an unknown app or directory stays on the page")
    func refused() async throws {
        try await withAda { client in
            let back = try parameters(try await ask(client, [("sim_decision", "deny")]))
            #expect(back["error"] == "permission_denied" && back["state"] == "s t&te" && back["tenant"] == nil)
            #expect(try await ask(client, [("sim_decision", "accept")], tenant: "nobody.example").status == 400)
            let odd = "\(client.simulator.url)/common/adminconsent?client_id=x&redirect_uri=https://a.example"
            #expect(try await client.get(odd).status == 400)
        }
    }
}

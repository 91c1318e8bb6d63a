import Foundation
import Testing

// MARK: - Connections of a scenario

extension Fleet {
    /// A connection to be: a mailbox (a fresh one of Olga's unless given), her consent, a tenant and a resource.
    func link(
        _ mailbox: Mailbox? = nil, calendar: String = "primary", tenant: String = "acme", resource: String = "room-1"
    ) throws -> Link {
        let mailbox = try mailbox ?? simulator.mailbox("olga@acme.example")
        let calendarID = calendar == "primary" ? try mailbox.defaultCalendarID() : calendar
        return Link(
            fleet: self, mailbox: mailbox, tenant: tenant, resource: resource, calendar: calendar,
            calendarID: calendarID, token: try consent(of: mailbox).token)
    }

    /// A connection to a mailbox of a zone, named as Windows does and by its IANA id.
    func link(inZone windows: String, _ iana: String) throws -> Link {
        var link = try link(try simulator.mailbox("zoned@acme.example", zone: windows))
        link.reading.zone = try #require(TimeZone(identifier: iana))
        return link
    }

    /// A person's consent; its tokens are secrets from here on.
    func consent(of mailbox: Mailbox) throws -> Consent {
        let consent = try mailbox.consent()
        keepSecret(consent.accessToken, consent.refreshToken)
        return consent
    }

    /// The hour that begins now, so many days (and hours) on: where tests put events.
    func day(_ days: Int, hour: Int = 0) -> Date { Instant.from(now, days: days, hours: hour) }

    /// The date (UTC) so many days on, `YYYY-MM-DD`.
    func date(_ days: Int) -> String { Instant.day(day(days)) }

    /// After a disconnect: nothing in Redis names the connection's calendar or mailbox any more, except what was
    /// published.
    func expectNothingLeft(of link: Link, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let published: Set<String> = [key("results"), key("changes")]
        for (name, bytes) in try wholeRedis() where !published.contains(name) {
            #expect(!name.contains(link.resource), "left over: \(name)", sourceLocation: sourceLocation)
            for trace in [link.calendarID, link.mailbox.address] {
                #expect(
                    bytes.firstRange(of: Data(trace.utf8)) == nil, "\(name) still holds \(trace)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}

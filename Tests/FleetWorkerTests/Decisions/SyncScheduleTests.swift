import FleetCore
import Foundation
import Testing

@testable import FleetWorker

@Suite("Sync schedule") struct SyncScheduleTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func schedule(_ random: Double) -> SyncSchedule {
        SyncSchedule(backoffCap: .seconds(600), random: { random })
    }

    private func settings(_ frequency: ConnectionSettings.Frequency) -> ConnectionSettings {
        var settings = ConnectionSettings()
        settings.frequency = frequency
        return settings
    }

    private func connection(_ frequency: ConnectionSettings.Frequency, lastSync: TimeInterval?) -> Connection {
        var connection = Connection(
            id: ConnectionID(tenant: TenantID("acme"), resource: ResourceID("r")), generation: 1,
            requestedCalendar: .primary, calendar: CalendarID("c"), calendarName: "", owner: "", canEdit: true,
            mailbox: nil, credential: CredentialID("k"), settings: settings(frequency), timeZone: "UTC")
        connection.lastSyncAt = lastSync.map { now.addingTimeInterval(-$0) }
        return connection
    }

    private func seconds(to date: Date?) -> Double? { date.map { $0.timeIntervalSince(now) } }

    @Test("a periodic sync is never later than its period, and spread over a tenth of it", arguments: [0, 0.5, 0.999])
    func period(random: Double) throws {
        let wait = try #require(seconds(to: schedule(random).next(after: now, settings(.every(seconds: 300)))))
        #expect((270...300).contains(wait))
    }

    @Test("manual connections have no next sync, realtime ones are polled as a net")
    func frequencies() {
        #expect(schedule(0).next(after: now, settings(.manual)) == nil)
        #expect(schedule(0).first(after: now, settings(.manual)) == nil)
        #expect(seconds(to: schedule(0.999).next(after: now, settings(.realtime)))! <= 300)
    }

    @Test("S03: what no repetition cures is asked at most once per cap")
    func deadMailbox() throws {
        let error = JobError(.mailboxUnavailable, "no mailbox")
        let connection = connection(.every(seconds: 60), lastSync: 60)
        let next = schedule(0).next(after: now, failedWith: error, connection)
        #expect(try #require(seconds(to: next)) >= 600)
    }

    @Test("a passing failure waits about as long again as it has lasted, between period and cap")
    func backsOff() throws {
        let error = JobError(.graphUnavailable, "503", retryable: true)
        for (failing, expected) in [(30.0, 60.0), (200, 200), (5000, 600)] {
            let connection = connection(.every(seconds: 60), lastSync: failing)
            let wait = try #require(seconds(to: schedule(0.999).next(after: now, failedWith: error, connection)))
            #expect(abs(wait - expected) < expected / 100)
        }
    }

    @Test("a connection that must be connected anew leaves the periodic set")
    func reconnect() {
        let error = JobError(.reconnectRequired, "consent revoked")
        #expect(schedule(0).next(after: now, failedWith: error, connection(.every(seconds: 60), lastSync: 1)) == nil)
    }
}

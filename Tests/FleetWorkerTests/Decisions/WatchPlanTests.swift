import FleetCore
import FleetStore
import Foundation
import Graph
import Testing

@testable import FleetWorker

// Goal: what is done for a mailbox, and when, by what is known of it. Method: pure values, dice at both ends.
@Suite("Watch plan") struct WatchPlanTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let one = CredentialID("c-1")
    private let two = CredentialID("c-2")
    private let id = SubscriptionID("s")

    private func plan(_ die: Double = 0.5) -> WatchPlan { WatchPlan(random: { die }) }

    private func entry(_ change: (inout SubscriptionLedger.Entry) -> Void = { _ in }) -> SubscriptionLedger.Entry {
        var entry = SubscriptionLedger.Entry(mailbox: MailboxKey("a@b.c"))
        entry.subscription = id
        entry.credential = one
        entry.url = "u"
        entry.expiresAt = now + 86_400
        entry.renewAt = now + 60_000
        change(&entry)
        return entry
    }

    private func step(_ entry: SubscriptionLedger.Entry, _ credentials: [CredentialID]) -> WatchStep {
        plan().step(entry, credentials, url: "u", now: now)
    }

    @Test(
        "S69 renewal lies between 35 and 15 % before the end, whatever was granted",
        arguments: [2700.0, 259_200, 604_200], [0.0, 0.25, 0.5, 0.999])
    func renewal(seconds: Double, die: Double) {
        let left = seconds - plan(die).renewal(now: now, end: now + seconds).timeIntervalSince(now)
        #expect(left >= 0.149 * seconds && left <= 0.351 * seconds)
    }

    @Test("nobody wants it: it is given up; somebody does: it is made, kept, renewed or replaced")
    func steps() {
        #expect(step(entry(), []) == .giveUp)
        #expect(step(entry(), [one]) == .nothing(until: now + 60_000))
        #expect(step(entry { $0.renewAt = now }, [one]) == .renew(id))
        #expect(step(entry { $0.isSuspect = true }, [one]) == .renew(id))
        #expect(step(entry(), [two]) == .renew(id), "its maker has left: whoever can takes it over")
        #expect(step(entry { $0.url = "other" }, [one]) == .replace(id))
        #expect(step(entry { $0.isGone = true }, [one]) == .create)
        #expect(step(entry { $0.expiresAt = now }, [one]) == .create)
        #expect(step(SubscriptionLedger.Entry(mailbox: MailboxKey("m")), [one]) == .create)
    }

    @Test("S14 a credential that was refused isn't tried for a day; another is")
    func refusals() {
        let until = plan(0).refusal(now: now)
        #expect(until.timeIntervalSince(now) >= 86_400)
        let refused = entry {
            $0.subscription = nil
            $0.refused = [one: until]
        }
        #expect(step(refused, [one]) == .nothing(until: until))
        #expect(step(refused, [one, two]) == .create)
        #expect(plan().step(refused, [one], url: "u", now: until) == .create)
    }

    @Test("trouble is tried again after minutes, up to a day; a renewal well before its end", arguments: [0.0, 0.999])
    func retries(die: Double) {
        var none = SubscriptionLedger.Entry(mailbox: MailboxKey("m"))
        #expect((45...90).contains(plan(die).retry(none, now: now).timeIntervalSince(now)))
        none.tries = 30
        #expect(plan(die).retry(none, now: now).timeIntervalSince(now) <= 1.25 * 86_400)
        let short = entry {
            $0.expiresAt = now + 400
            $0.tries = 10
        }
        #expect(plan(die).retry(short, now: now).timeIntervalSince(now) <= 125)
    }

    @Test("what an error says about asking again")
    func verdicts() {
        func graph(_ action: GraphError.Action, _ code: String? = nil) -> WatchVerdict {
            WatchVerdict(GraphError(action, .subscription, status: 503, code: code, reason: ""))
        }
        #expect(graph(.accessDenied) == .refused && graph(.mailboxUnavailable) == .refused)
        #expect(graph(.retry) == .again && graph(.throttled(retryAfter: nil)) == .again)
        #expect(graph(.retry, "ExtensionError") == .refused)
        #expect(graph(.notFound) == .gone && graph(.duplicate(eventID: nil)) == .duplicate)
        #expect(WatchVerdict(TokenError(.reconnect, reason: "")) == .refused)
        #expect(WatchVerdict(TokenError(.operator, reason: "")) == .again)
        #expect(WatchVerdict(CancellationError()) == .again)
    }
}

// Goal: a mailbox of which nobody knows yet whose it is gets no budget and no places of its own. Method: the real
// scripts on a clock that the test sets, as in BudgetScriptTests. The lab's epoch begins four seconds in which
// strangers go first.
import FleetCore
import Testing

@testable import FleetStore

@Suite("Budgets of strangers")
struct BudgetStrangerTests {
    private let t0 = BudgetLab.epoch
    private let stranger = Budgets.key(ofStranger: "credential/me", of: TenantID("acme"))

    @Test("a stranger's place is one less in every mailbox of its tenant, and in nobody else's")
    func places() async throws {
        try await BudgetLab.with { lab in
            for _ in 1...3 { _ = try await lab.ask("acme", ["m"]) }
            #expect(try await lab.ask("acme", [stranger]).wait == 0)
            #expect(try await lab.ask("acme", ["m"]) == Told(25, "p"))
            #expect(try await lab.ask("acme", ["n"]).wait == 0)
            #expect(try await lab.ask("zeta", ["m"]).wait == 0, "a fourth: zeta's calls are no stranger's")
        }
    }

    @Test("a stranger passes where each mailbox of its tenant has a place left, and two at once at most")
    func full() async throws {
        try await BudgetLab.with { lab in
            for index in 1...4 { _ = try await lab.ask([lab.make("acme", ["m"], id: "w-\(index)")]) }
            #expect(try await lab.ask("acme", [stranger]) == Told(25, "p"))
            let released = BudgetRelease(id: "w-1", mailboxes: ["m"])
            #expect(try await lab.ask([lab.make("acme", [stranger], id: "s-1")], releasing: [released])[0].wait == 0)
            _ = try await lab.ask([], releasing: (2...4).map { BudgetRelease(id: "w-\($0)", mailboxes: ["m"]) })
            #expect(try await lab.ask("acme", [stranger]).wait == 0)
            #expect(try await lab.ask("acme", [stranger]) == Told(25, "p"), "the half of the places")
            let back = BudgetRelease(id: "s-1", mailboxes: [stranger])
            #expect(try await lab.ask([lab.make("acme", [stranger])], releasing: [back])[0].wait == 0)
        }
    }

    @Test("what strangers asked counts in every mailbox's window of their tenant")
    func windows() async throws {
        try await BudgetLab.with {
            $0.mailbox = CallRate(count: 5, window: .seconds(60))
        } _: { lab in
            #expect(try await lab.ask("acme", ["m"], units: 4).wait == 0)
            #expect(try await lab.ask("acme", [stranger]).wait == 0)
            #expect(try await lab.ask("acme", ["m"]) == Told(61_001, "m"))
            #expect(try await lab.ask("acme", [stranger]) == Told(61_001, "m"), "it might be a sixth of that mailbox")
            #expect(try await lab.ask("acme", ["n"], units: 4).wait == 0)
            try await lab.set(t0 + 61_001)
            #expect(try await lab.ask("acme", ["m"]).wait == 0)
        }
    }

    @Test("once somebody knows whose it is, it is charged to that mailbox alone, and gives back what it held before")
    func learned() async throws {
        try await BudgetLab.with { lab in
            _ = try await lab.ask([lab.make("acme", [stranger], id: "s-1")])
            let lesson = BudgetLesson(stranger: stranger, mailbox: "m")
            _ = try await lab.ask([lab.make("acme", [stranger], id: "s-2")], learned: [lesson])
            let name = stranger.dropFirst().prefix(24)
            #expect(
                try await lab.state(withCallers: true) == [
                    "0 a 2 2@0", "0 kacme m", "0 mm 1 1@0", "0 pm s-2 x1 until 15200", "0 qacme s-1 x1 until 15200",
                    "0 tacme 2 2@0", "0 uacme 1 1@0", "0 w\(name) m",
                ])
            _ = try await lab.ask([], releasing: ["s-1", "s-2"].map { BudgetRelease(id: $0, mailboxes: [stranger]) })
            #expect(try await lab.state().contains { $0.contains("s-1") || $0.contains("s-2") } == false)
        }
    }

    @Test("neither strangers nor others wait for ever: who waits is left a place, by turns")
    func turns() async throws {
        try await BudgetLab.with { lab in
            for index in 1...4 { _ = try await lab.ask([lab.make("acme", ["m"], id: "w-\(index)")]) }
            #expect(try await lab.ask("acme", [stranger]) == Told(25, "p"))
            _ = try await lab.ask([], releasing: [BudgetRelease(id: "w-1", mailboxes: ["m"])])
            #expect(try await lab.ask("acme", ["m"]) == Told(25, "p"), "the place is the stranger's")
            #expect(try await lab.ask([lab.make("acme", [stranger], id: "s-1")])[0].wait == 0)

            try await lab.set(t0 + 4000)
            _ = try await lab.ask([], releasing: (2...4).map { BudgetRelease(id: "w-\($0)", mailboxes: ["m"]) })
            #expect(try await lab.ask("acme", ["m"], units: 4, places: 4) == Told(25, "p"))
            #expect(try await lab.ask("acme", [stranger]) == Told(25, "p"), "others wait, and it is their turn")
            let back = BudgetRelease(id: "s-1", mailboxes: [stranger])
            #expect(try await lab.ask([lab.make("acme", ["m"], units: 4, places: 4)], releasing: [back])[0].wait == 0)
        }
    }

    @Test("of many mailboxes only those near a limit are remembered for strangers")
    func callers() async throws {
        try await BudgetLab.with {
            $0.mailbox = CallRate(count: 3, window: .seconds(60))
        } _: { lab in
            _ = try await lab.ask("acme", ["busy"], units: 2)
            _ = try await lab.ask([lab.make("acme", ["held"], id: "held")])
            for index in 1...62 {
                let id = "g-\(index)"
                _ = try await lab.ask([lab.make("acme", ["m\(index)"], id: id)])
                _ = try await lab.ask([], releasing: [BudgetRelease(id: id, mailboxes: ["m\(index)"])])
            }
            #expect(try await lab.state(withCallers: true).contains("0 kacme busy held m62"))
        }
    }
}

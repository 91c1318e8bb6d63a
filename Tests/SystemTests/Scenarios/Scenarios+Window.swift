import Foundation
import TestSupport
import Testing

extension Scenarios {
    @Suite("the window and large calendars")
    struct Window {
        @Test("S29 the window looks ahead: yesterday, tomorrow and in 300 days, not in 500")
        func ahead() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let ids = try [-1, 1, 300, 500].map {
                    try link.mailbox.create(GraphEvent.timed("D\($0)", fleet.day($0)))
                }
                try await link.connect()
                #expect(Set(try link.mirror().keys) == Set(ids.prefix(3)))
                // A window of one's own.
                var narrow = try fleet.link(link.mailbox, resource: "room-2")
                narrow.settings = ["window": ["past": "P0D", "future": "P30D"]]
                try await narrow.connect()
                #expect(Set(try narrow.mirror().keys) == [ids[1]])
                try await link.settle()
            }
        }

        @Test("S31 a long event across the edge is in the mirror and blocks")
        func acrossTheEdge() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let id = try link.mailbox.create(GraphEvent.timed("Renovation", fleet.day(-60), minutes: 65 * 1440))
                try await link.connect()
                #expect(try link.mirror()[id]?["blocks"].bool == true)
                try await link.settle()
            }
        }

        // In a debug build each event costs several times the memory of a release build: there only growth without a
        // bound would show. The bar of 40 MB is measured on optimised programs.
        @Test("S33 10,000 events: the right count, little memory, and other tenants' jobs pass meanwhile")
        func tenThousand() async throws {
            let count = 10_000
            try await Fleet.run { fleet in
                let neighbour = try fleet.link(
                    try fleet.simulator.mailbox("n@globex.example"), tenant: "globex", resource: "room-9")
                try neighbour.mailbox.create(GraphEvent.timed("Small", fleet.day(1)))
                try await neighbour.connect()
                let link = try fleet.link()
                try link.mailbox.fill(count, from: fleet.day(-20), days: 370)
                let idle = try ProcessFigures(pid: fleet.workers[0].pid)
                let job = try fleet.push(link.payload)
                var neighbours = 0
                // Enough to see that they go on; thousands of them would be the dearest part of this test.
                while neighbours < 30, try fleet.results().last(where: { $0.jobID == job }) == nil {
                    try await neighbour.sync()
                    neighbours += 1
                }
                let entry = try await fleet.result(of: job, within: .seconds(120))
                #expect(entry.type == "connect.succeeded" && entry.data["events"].int == count, "\(entry)")
                #expect(neighbours >= 3, "the neighbour's jobs go on meanwhile")
                let grown = try ProcessFigures(pid: fleet.workers[0].pid).peakKilobytes - idle.residentKilobytes
                #expect(grown <= (Executables.areOptimised ? 40 : 120) * 1024, "grew by \(grown) kB")
                #expect(try fleet.simulator.graphRequests().allSatisfy { $0.status != 429 })
                #expect(try fleet.probe.call("HLEN", fleet.key("events:acme:room-1")).int == count)
                try await link.settle()
            }
        }
    }
}

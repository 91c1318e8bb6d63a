import Foundation
import TestSupport
import Testing

extension Scenarios {
    @Suite("throttling")
    struct Throttling {
        /// Connections to one mailbox, and one of another tenant to another mailbox.
        private func pair(_ fleet: Fleet, count: Int) async throws -> (links: [Link], other: Link) {
            let mailbox = try fleet.simulator.mailbox("busy@acme.example")
            let links = try (0..<count).map { number in
                var link = try fleet.link(mailbox, resource: "r\(number)")
                link.settings = ["frequency": "manual"]
                return link
            }
            for link in links { try await link.connect() }
            let other = try fleet.link(try fleet.simulator.mailbox("calm@zeta.example"), tenant: "zeta")
            try await other.connect()
            return (links, other)
        }

        @Test(
            "S92, S93 a Retry-After to one worker holds for all: nobody calls before; others don't feel it",
            arguments: [429, 503])
        func forAll(status: Int) async throws {
            try await Fleet.run(.init(workers: 3)) { fleet in
                let (links, other) = try await pair(fleet, count: 6)
                func latency() async throws -> Duration {
                    var times: [Duration] = []
                    for _ in 0..<15 {
                        let began = ContinuousClock.now
                        try await other.sync()
                        times.append(began.duration(to: .now))
                    }
                    return times.sorted()[7]
                }
                let normal = try await latency()
                let fault = try fleet.simulator.add(
                    Fault(
                        path: Fault.delta, times: 1, effect: ["status": .number(Double(status)), "retryAfter": 6],
                        mailbox: links[0].mailbox.address))
                let first = try links[0].pushSync()
                try await fleet.simulator.awaitHit(of: fault)
                let position = try ArrivalLog.position(fleet.simulator)
                let told = try fleet.simulator.now()
                let jobs = try links.dropFirst().map { try $0.pushSync() }
                let during = try await latency()
                print("S92 \(status): others' median \(normal) before, \(during) during")
                // A tenth, and what a busy machine adds to a few milliseconds.
                #expect(during < normal * 1.1 + .milliseconds(20))
                for entry in try await fleet.results(of: [first] + jobs) {
                    #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
                }
                let address = links[0].mailbox.address
                // Without the one that was refused: it may be logged after the position was read.
                let log = try ArrivalLog(fleet.simulator, after: position) {
                    $0["mailbox"].string == address && $0["faults"].isNull
                }
                let wait = try #require(log.times.first).timeIntervalSince(told)
                // The answer was under way when the clock was read.
                #expect(wait >= 5.9, "called after \(wait) s")
            }
        }

        @Test(
            "S77 a create that is throttled three times: one event, no try before its Retry-After, no attempt used up")
        func create() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                try fleet.simulator.control(
                    "POST", "faults",
                    [
                        "method": "POST", "path": "/events", "times": 3, "do": ["status": 429, "retryAfter": 1],
                    ])
                let (start, end) = (fleet.day(2), fleet.day(2, hour: 1))
                let booking: JSON = [
                    "booking_id": "b-1", "op": "upsert", "title": "Visit",
                    "start_time": .string(Instant.write(start)), "end_time": .string(Instant.write(end)),
                ]
                let entry = try await link.sync(["bookings": [booking]])
                #expect(entry.data["bookings"].elements.first?["outcome"] == "confirmed", "\(entry)")
                #expect(entry["attempts"] == "1")
                let log = try ArrivalLog(fleet.simulator) {
                    $0["method"] == "POST" && $0["path"].string?.hasSuffix("/events") == true
                }
                #expect(log.times.count == 4 && log.refused == 3)
                for (before, after) in zip(log.times, log.times.dropFirst()) {
                    #expect(after.timeIntervalSince(before) >= 1)
                }
                #expect(try link.mailbox.view(link.calendarID, from: fleet.day(1), to: fleet.day(4)).count == 1)
            }
        }

        @Test("S94 thirty jobs on one mailbox over 8 workers: never more than 4 calls in flight, and no 429")
        func fourAtOnce() async throws {
            try await Fleet.run(.init(workers: 8)) { fleet in
                // One by one: that they are one mailbox is known when each has connected.
                let (links, _) = try await pair(fleet, count: 30)
                try fleet.simulator.setLatency(milliseconds: 100)
                try fleet.simulator.limitPages(to: 1)
                for number in 0..<3 { try links[0].mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                let jobs = try links.map { try $0.pushSync(["full": true]) }
                for entry in try await fleet.results(of: jobs) {
                    #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
                }
                #expect((2...4).contains(try fleet.simulator.peakAtOnce()))
                #expect(try ArrivalLog(fleet.simulator).refused == 0)
            }
        }

        @Test("S95 batches: 20 parts at most, four at once, and each part's own Retry-After is kept")
        func batches() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "manual"]
                try await link.connect()
                try fleet.simulator.setLatency(milliseconds: 20)
                try fleet.simulator.add(
                    Fault(path: "/events", skip: 7, times: 2, effect: ["status": 429, "retryAfter": 2]).on("POST"))
                let all = (0..<30).map { Booking.upsert("b\($0)", fleet.day($0 + 1)) }
                let position = try ArrivalLog.position(fleet.simulator)
                let entry = try await link.sync(["bookings": .array(all)])
                #expect(entry.outcomes.count { $0.hasSuffix("confirmed") } == 30, "\(entry)")
                #expect(entry["attempts"] == "1")
                #expect(try link.truth().count == 30)
                #expect(try fleet.simulator.peakAtOnce() <= 4)
                let log = try fleet.simulator.control("GET", "log?after=\(position)").elements
                let parts = log.filter { !$0["batch"].isNull }
                let sizes = Dictionary(parts.map { ($0["batch"].int ?? 0, 1) }, uniquingKeysWith: +)
                #expect(parts.count >= 20 && sizes.values.allSatisfy { $0 <= 20 }, "\(sizes)")
                let refused = log.filter { $0["status"] == 429 }.compactMap { Instant.read($0["time"].string ?? "") }
                #expect(refused.count == 2)
                let posts = log.filter { $0["method"] == "POST" && $0["path"].string?.hasSuffix("/events") == true }
                let last = try #require(posts.last.flatMap { Instant.read($0["time"].string ?? "") })
                #expect(last.timeIntervalSince(try #require(refused.last)) >= 2)
                try await link.settle()
            }
        }

        @Test("S96 a very long wait: the job is parked, the worker free, and it runs at the right time after a restart")
        func veryLong() async throws {
            try await Fleet.run(.init(appendOnly: true)) { fleet in
                let (links, other) = try await pair(fleet, count: 2)
                // Half an hour: it lies where time brings it back, and no worker is needed for that.
                try fleet.simulator.add(throttle(links[0], seconds: 1800))
                let long = try links[0].pushSync()
                let parked = try await eventually("the job is parked") {
                    try fleet.probe.call("ZSCORE", fleet.key("due"), "lnacme:r0").string.flatMap(Double.init)
                }
                let wait = parked / 1000 - Date().timeIntervalSince1970
                #expect((1795...2000).contains(wait), "\(wait)")
                try await other.sync()
                #expect(try fleet.results().allSatisfy { $0.jobID != long })
                #expect(try fleet.probe.call("KEYS", fleet.key("w:*")).elements.isEmpty, "no lease is held")
            }
            try await Fleet.run(.init(appendOnly: true)) { fleet in
                let (links, _) = try await pair(fleet, count: 1)
                try fleet.simulator.add(throttle(links[0], seconds: 5))
                let told = ContinuousClock.now
                let short = try links[0].pushSync()
                try await eventually("the job is parked") {
                    try fleet.probe.call("ZSCORE", fleet.key("due"), "lnacme:r0").string != nil
                }
                try await fleet.workers[0].kill()
                try await fleet.startWorker()
                let entry = try await fleet.result(of: short)
                #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
                #expect(told.duration(to: .now) >= .seconds(5))
            }
        }

        private func throttle(_ link: Link, seconds: Int) -> Fault {
            Fault(
                path: Fault.delta, times: 1, effect: ["status": 429, "retryAfter": .number(Double(seconds))],
                mailbox: link.mailbox.address)
        }
    }
}

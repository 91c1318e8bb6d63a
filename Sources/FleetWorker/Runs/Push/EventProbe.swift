import FleetCore
import Foundation
import Graph

/// Requests about single events, many at once, and where events of ours are.
struct EventProbe: Sendable {
    let calls: any EventCalls
    let zone: MailboxZone

    /// What came of each request, in order. One goes as it is, more go in batches of 20, one batch after the other: a
    /// batch takes the mailbox's four places. What a trouble kept from being sent has that trouble's error.
    ///
    /// - Throws: what isn't Graph's answer: a budget without room, a stop, a dead consent.
    func answers(_ requests: [EventRequest]) async throws -> [Result<EventAnswer, GraphError>] {
        if requests.count == 1 {
            do { return [.success(try await calls.answer(requests[0]))] } catch let error as GraphError {
                return [.failure(error)]
            }
        }
        var answers: [Result<EventAnswer, GraphError>] = []
        var rest = requests[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(GraphSession.maximumBatch))
            do {
                answers += try await carriedOut(piece)
            } catch let error as GraphError {
                return answers + rest.map { _ in .failure(error) }
            }
            rest = rest.dropFirst(piece.count)
            if let trouble = answers.suffix(piece.count).lazy.compactMap(\.trouble).first {
                return answers + rest.map { _ in .failure(trouble) }
            }
        }
        return answers
    }

    /// What came of a batch. Parts that met a passing trouble while others went through are sent again.
    private func carriedOut(_ requests: [EventRequest]) async throws -> [Result<EventAnswer, GraphError>] {
        var answers = try await calls.batch(requests)
        for number in 1...SecondTries.most {
            let refused = answers.indices.filter { answers[$0].isPassing }
            guard !refused.isEmpty, refused.count < answers.count else { break }
            try await calls.pause(before: number)
            let again: [Result<EventAnswer, GraphError>]
            do { again = try await calls.batch(refused.map { requests[$0] }) } catch is GraphError { break }
            for (index, answer) in zip(refused, again) { answers[index] = answer }
        }
        return answers
    }

    /// What some ranges hold at this moment.
    func events(in ranges: [TimeSpan]) async throws -> [FreshEvent] {
        var events: [EventID: FreshEvent] = [:]
        for range in ranges {
            for event in try await calls.freshEvents(from: range.start, to: range.end) {
                events[event.event.id] = event
            }
        }
        return events.values.sorted { $0.event.id.rawValue < $1.event.id.rawValue }
    }

    /// Those of these events that are in this calendar, as they are now, called off or not. Graph finds an event by
    /// its id in whatever calendar of the mailbox it was moved to, so whoever is found is looked for in this
    /// calendar's view, too.
    func whereabouts(_ ids: [EventID]) async throws -> [EventID: FreshEvent] {
        guard !ids.isEmpty else { return [:] }
        var found: [EventID: FreshEvent] = [:]
        for (id, answer) in zip(ids, try await answers(ids.map { .read($0) })) {
            switch answer {
            case .success(.event(let event)): found[id] = event
            case .success: break
            case .failure(let error) where error.action == .notFound: break
            case .failure(let error): throw error
            }
        }
        // Masters are in no view, and of their occurrences nobody knows which are left: they are looked for by mark.
        let marks = Set(found.values.filter { $0.kind == .master }.compactMap(\.mark?.rawValue))
        var there = try await carriers(of: marks.sorted().map { EventMark(rawValue: $0) })
        let others = found.values.filter { !there.contains($0.event.id) }
        for event in try await events(in: ReadRanges.covering(others.map { TimeSpan($0.event.time, zone: zone) })) {
            there.insert(event.event.id)
            if let series = event.event.series { there.insert(series) }
        }
        return found.filter { there.contains($0.key) }
    }

    /// The events of this calendar that carry one of these marks.
    private func carriers(of marks: [EventMark]) async throws -> Set<EventID> {
        guard !marks.isEmpty else { return [] }
        var ids: Set<EventID> = []
        for answer in try await answers(marks.map { .find($0) }) {
            if case .found(let events) = try answer.get() { ids.formUnion(events.map(\.event.id)) }
        }
        return ids
    }

    /// The events that carry these marks, copies that people made among them; the oldest first.
    func marked(_ marks: [BookingID: EventMark]) async throws -> [BookingID: [FreshEvent]] {
        guard !marks.isEmpty else { return [:] }
        let bookings = marks.keys.sorted { $0.rawValue < $1.rawValue }
        var found: [BookingID: [FreshEvent]] = [:]
        for (booking, answer) in zip(bookings, try await answers(bookings.compactMap { marks[$0].map { .find($0) } })) {
            guard case .found(let events) = try answer.get() else { continue }
            found[booking] = events.filter { !$0.event.isCancelled }.sorted {
                ($0.createdAt ?? .distantFuture, $0.event.id.rawValue)
                    < ($1.createdAt ?? .distantFuture, $1.event.id.rawValue)
            }
        }
        return found
    }

    /// When these events were made; those that are gone, or of which nobody says, are missing.
    func creationTimes(_ ids: [EventID]) async throws -> [EventID: Date] {
        guard !ids.isEmpty else { return [:] }
        var times: [EventID: Date] = [:]
        for (id, answer) in zip(ids, try await answers(ids.map { .read($0) })) {
            switch answer {
            case .success(.event(let event)): times[id] = event.createdAt
            case .success: break
            // Gone in the meantime: nothing to yield to.
            case .failure(let error) where error.action == .notFound: times[id] = .distantFuture
            case .failure(let error): throw error
            }
        }
        return times
    }
}

extension Result<EventAnswer, GraphError> {
    fileprivate var isPassing: Bool {
        if case .failure(let error) = self { error.isPassing } else { false }
    }

    /// The error of a part that ends a run, whatever became of the others.
    var trouble: GraphError? {
        if case .failure(let error) = self, error.endsPush { error } else { nil }
    }
}

extension GraphError {
    /// Whether it is no matter of the one booking: the job has to wait, be tried again, or fail.
    var endsPush: Bool {
        switch action {
        case .refreshToken, .reconnect, .mailboxUnavailable, .resync, .throttled, .retry: true
        case .permanent(.foreignHost), .permanent(.directory): true
        case .notFound: operation == .createEvent
        case .accessDenied, .conflict, .duplicate, .permanent: false
        }
    }
}

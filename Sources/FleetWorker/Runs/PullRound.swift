import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

// One whole round of delta pages, whatever comes between.
//
//   wanted    an incremental round from the stored token, or everything over a range
//   pages     one after the other; each that is not the last is staged with the link to go on from, so that a run
//             that takes over after a crash, a Retry-After or a drain asks for the next page, not for the first
//   lost      410 and its spellings, also on a link in mid-round: what was read is dropped, and everything is read
//             instead, in the same run, once
//   endless   a link that comes again, or too many pages: dropped, and the job tried again later
//
// A round of one page is never staged: an unchanged calendar costs one request and no write here.

/// A round that reached its delta link.
struct WholeRound: Sendable {
    var header: RoundHeader
    var items: [RemoteItem]
    /// Begins the next round.
    var token: DeltaToken
}

/// Reads rounds for one run.
struct PullRound: Sendable {
    /// Items of a page that is asked for. At 1 to 4 KB an event a page stays below 1 MB, and 10,000 events take 40
    /// calls.
    static let pageSize = 250

    let run: RunContext
    let session: GraphSession
    let target: CalendarTarget
    let settings: ConnectionSettings

    /// Reads the round that is wanted, or everything if its token is lost.
    ///
    /// - Throws: `GraphError`, `TokenError`, `StoreError`, `FencedOut`, `CancellationError`, what the admission throws.
    func read(_ wanted: RoundHeader) async throws -> WholeRound {
        do {
            return try await readPages(wanted, resuming: run.isRepeated)
        } catch let error as GraphError where error.action == .resync {
            run.log.event(
                .notice, "the sync state is lost; reading everything",
                [.code: .text(error.code ?? ""), .httpStatus: .number(error.status ?? 0)])
            return try await readPages(
                wanted.whole(.planned(now: run.tools.now, settings: settings)), resuming: false)
        }
    }

    /// The same, from the start, after a read that wasn't good enough.
    func readAnew(_ header: RoundHeader) async throws -> WholeRound {
        try await readPages(header, resuming: false)
    }

    private func readPages(_ wanted: RoundHeader, resuming: Bool) async throws -> WholeRound {
        var header = wanted
        var items: [RemoteItem] = []
        var number = 0
        var position: GraphSession.DeltaPosition =
            wanted.base.map { .link($0) } ?? .start(from: wanted.range.start, to: wanted.range.end)
        if resuming, let staged = try await staged(wanted) {
            (header, items, number) = (staged.header, staged.items, staged.pages)
            if let token = staged.token { return WholeRound(header: header, items: items, token: token) }
            if let link = staged.position { position = .link(link) }
        }
        var mayRest = resuming && number > 0
        var read = 0
        var guarded = PageGuard(maximumPages: run.tools.graph.maximumPages)
        var pageSize = Self.pageSize
        while true {
            let page = try await page(at: position, size: pageSize, isFirst: read == 0)
            read += 1
            // Back to full pages after a stretch of large events, or a round over 10,000 might become 10,000 calls.
            pageSize = min(Self.pageSize, page.pageSize * 2)
            items += page.items
            switch page.next {
            case .done(let token):
                // Staged too if others are: a crash in the middle of the commit then asks nothing again.
                if number > 0 { try await stage(header, page.items, number, next: nil, token) }
                return WholeRound(header: header, items: items, token: token)
            case .page(let link):
                guard guarded.mayFollow(link.rawValue) else { throw try await endless() }
                if !mayRest {
                    // Pages of an earlier job's round would be taken for ours.
                    try await run.tools.staging.drop(run.lease).orThrow()
                    mayRest = true
                }
                try await stage(header, page.items, number, next: link, nil)
                number += 1
                position = .link(link)
            }
        }
    }

    /// A page; one that a run has got on to is asked for again after a passing trouble.
    private func page(
        at position: GraphSession.DeltaPosition, size: Int, isFirst: Bool
    ) async throws -> EventPage {
        for number in 1...SecondTries.most {
            do {
                return try await session.calendarViewDelta(target, position, pageSize: size)
            } catch let error as GraphError where error.isPassing && !isFirst {
                try await run.pause(before: number)
            }
        }
        return try await session.calendarViewDelta(target, position, pageSize: size)
    }

    private func stage(
        _ header: RoundHeader, _ items: [RemoteItem], _ number: Int, next: DeltaToken?, _ token: DeltaToken?
    ) async throws {
        let page = StagedPage(header: header, items: items, token: token)
        let bytes = await page.encoded(privateTitles: settings.privateTitles)
        try await run.tools.staging.stage(bytes, number: number, next: next, run.lease).orThrow()
        await run.tools.worker.hooks.reached(.pageStaged(run.lane, number: number))
    }

    private func endless() async throws -> GraphError {
        _ = try await run.tools.staging.drop(run.lease)
        return GraphError(.retry, .delta, reason: "the round of pages does not end")
    }

    // MARK: Going on

    private struct Staged {
        var header: RoundHeader
        var items: [RemoteItem]
        var pages: Int
        var position: DeltaToken?
        var token: DeltaToken?
    }

    /// What an earlier run of this job left; nil if there is nothing, or nothing of use.
    private func staged(_ wanted: RoundHeader) async throws -> Staged? {
        let round = try await run.tools.staging.round(run.lane)
        guard round.count > 0 else { return nil }
        var found: Staged?
        for first in stride(from: 0, to: round.count, by: 16) {
            for bytes in try await run.tools.staging.pages(run.lane, from: first, count: 16) {
                guard let page = StagedPage(encoded: bytes), wanted.mayGoOn(with: page.header),
                    found.map({ $0.header == page.header }) ?? true
                else { return nil }
                var staged = found ?? Staged(header: page.header, items: [], pages: 0)
                staged.items += page.items
                staged.pages += 1
                staged.token = page.token
                found = staged
                await Task.yield()
            }
        }
        guard found?.pages == round.count, found?.token != nil || round.position != nil else { return nil }
        found?.position = round.position
        run.log.event(
            .info, "going on with a round that was begun before",
            [.pages: .number(round.count), .events: .number(found?.items.count ?? 0)])
        return found
    }
}

extension GraphClient {
    /// The most pages of a round.
    fileprivate var maximumPages: Int { Limits().maximumPages }
}

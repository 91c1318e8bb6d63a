import FleetCore
import FleetStore
import Reactor
import Synchronization

// Posts come one by one, and each may only be answered once Redis has what it brought. So that a burst costs Redis few
// calls, whatever arrives while one write is under way goes out together in the next:
//
//     post  post  post          post post
//     [---- write 1 ----][---- write 2: both ----]
//
// Equal items of a batch are one. A post waits two writes at most; when that takes longer than its patience, or the
// line is full, it is answered 503 and Graph comes again.

/// Keeps notifications, many posts at a time.
final class NoticeBatcher: Sendable {
    typealias Keep = @Sendable ([Subscriptions.Notice]) async throws -> [Subscriptions.Fate]

    /// A post that waits for its answer.
    private final class Post: Sendable {
        let notices: [Subscriptions.Notice]
        private let bell = Bell()
        private let result = Mutex<Result<[Subscriptions.Fate], any Error>?>(nil)

        init(_ notices: [Subscriptions.Notice]) { self.notices = notices }

        func end(_ result: Result<[Subscriptions.Fate], any Error>) {
            self.result.withLock { $0 = result }
            bell.ring()
        }

        func wait(_ limit: Duration, _ reactor: Reactor) async throws -> [Subscriptions.Fate] {
            _ = try await bell.wait(for: limit, on: reactor)
            guard let result = result.withLock({ $0 }) else { throw NoticeBatcher.busy }
            return try result.get()
        }
    }

    private struct Name: Hashable {
        let subscription: String
        let state: String?
        let kind: Int

        init(_ notice: Subscriptions.Notice) {
            subscription = notice.subscription.rawValue
            state = notice.clientState
            kind = Subscriptions.Kind.allCases.firstIndex(of: notice.kind) ?? 0
        }
    }

    /// Items in line at most: some megabytes, and more than Redis takes within the patience.
    private static let lineAtMost = 100_000
    fileprivate static let busy = Problem.unavailable("the notifications can't be kept just now: send them again")

    private let line = Mutex<(posts: [Post], count: Int)>((posts: [], count: 0))
    private let bell = Bell()
    private let reactor: Reactor
    private let patience: Duration
    private let keep: Keep

    init(reactor: Reactor, patience: Duration, keep: @escaping Keep) {
        self.reactor = reactor
        self.patience = patience
        self.keep = keep
    }

    /// Returns once Redis has them: what became of each, in order.
    /// - Throws: ``Problem`` 503 when it doesn't within the patience; what was sent may be kept all the same.
    func submit(_ notices: [Subscriptions.Notice]) async throws -> [Subscriptions.Fate] {
        let post = Post(notices)
        let fits = line.withLock { line in
            guard line.count + notices.count <= Self.lineAtMost else { return false }
            line.posts.append(post)
            line.count += notices.count
            return true
        }
        guard fits else { throw Self.busy }
        bell.ring()
        return try await post.wait(patience, reactor)
    }

    /// Writes until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await bell.wait()
            } catch {
                return
            }
            let posts = line.withLock { line in
                defer { line = (posts: [], count: 0) }
                return line.posts
            }
            if !posts.isEmpty { await write(posts) }
        }
    }

    private func write(_ posts: [Post]) async {
        var order: [Name: Int] = [:]
        var notices: [Subscriptions.Notice] = []
        for notice in posts.flatMap(\.notices) where order[Name(notice)] == nil {
            order[Name(notice)] = notices.count
            notices.append(notice)
        }
        do {
            let fates = try await keep(notices)
            for post in posts {
                post.end(.success(post.notices.map { order[Name($0)].map { fates[$0] } ?? .unknown }))
            }
        } catch {
            for post in posts { post.end(.failure(Self.busy)) }
        }
    }
}

import DequeModule

// Who may run, per host, and who waits.
//
// libcurl has caps of its own, and they are set, too, but it is no good place to wait (measured with 7.88): a handle
// that waits there has its connect timeout running, so requests behind a slow host would fail as "can't connect"; and
// of those that find all HTTP/2 streams taken each opens a connection of its own, 36 for a burst of 256. So they wait
// here:
//   - HTTP/1.1, and a host not yet known: as many requests at once as connections are allowed (of the first burst
//     libcurl sends one ahead, PIPEWAIT, and the others follow on its connection if that turns out to multiplex)
//   - HTTP/2: as many as the connections that are up have streams; when more wait, one request at a time goes out as a
//     pioneer, to open the next connection, and when its answer is there the others may follow; if it found a stream
//     that had just become free instead, the next one is the pioneer
// A host is known by the version of its last answer.

/// The requests of each host: running, and waiting first in, first out. Pure; generic over what stands in line.
struct HostLines<Host: Hashable, Item: Equatable> {
    private struct Line {
        var running = 0
        var isMultiplexed = false
        /// Of a host that multiplexes: those we believe are up. Too high a belief costs a few connections more.
        var connections = 1
        var pioneer: Item?
        var waiting = Deque<Item>()
    }

    let connectionsPerHost: Int
    let streamsPerConnection: Int
    let maximumWaiting: Int
    private var lines: [Host: Line] = [:]
    private(set) var waitingCount = 0
    var hostCount: Int { lines.count }

    /// How many idle hosts are remembered. We speak to two; more would be a leak.
    static var rememberedHosts: Int { 64 }

    init(connectionsPerHost: Int, streamsPerConnection: Int, maximumWaiting: Int) {
        self.connectionsPerHost = connectionsPerHost
        self.streamsPerConnection = streamsPerConnection
        self.maximumWaiting = maximumWaiting
    }

    enum Entry: Equatable { case runs, waits, full }

    mutating func enter(_ item: Item, _ host: Host) -> Entry {
        if lines.count > Self.rememberedHosts { forgetIdleHosts() }
        var line = lines[host, default: Line()]
        defer { lines[host] = line }
        if line.waiting.isEmpty, admits(&line, item) { return .runs }
        guard waitingCount < maximumWaiting else { return .full }
        line.waiting.append(item)
        waitingCount += 1
        return .waits
    }

    /// How a request that ran has ended: `answered` with what its answer showed.
    enum Exit: Equatable { case answered(multiplexed: Bool, overNewConnection: Bool), failed }

    /// One that ran has ended. Returns those that run now.
    mutating func leave(_ item: Item, _ host: Host, _ exit: Exit) -> [Item] {
        guard var line = lines[host] else { return [] }
        line.running -= 1
        if case .answered(let multiplexed, let overNewConnection) = exit {
            line.isMultiplexed = multiplexed
            if line.pioneer == item, multiplexed, overNewConnection { line.connections += 1 }
        }
        if line.pioneer == item { line.pioneer = nil }
        if line.running == 0 { line.connections = 1 }
        var next: [Item] = []
        while let item = line.waiting.first, admits(&line, item) {
            line.waiting.removeFirst()
            next.append(item)
        }
        waitingCount -= next.count
        lines[host] = line
        return next
    }

    /// One that waited gives up. Cost: the length of the line.
    mutating func abandon(_ item: Item, _ host: Host) {
        guard let index = lines[host]?.waiting.firstIndex(of: item) else { return }
        lines[host]?.waiting.remove(at: index)
        waitingCount -= 1
    }

    /// Counts it as running if it may.
    private func admits(_ line: inout Line, _ item: Item) -> Bool {
        let limit = line.isMultiplexed ? line.connections * streamsPerConnection : connectionsPerHost
        if line.running >= limit {
            let maySendPioneer = line.isMultiplexed && line.pioneer == nil && line.connections < connectionsPerHost
            guard maySendPioneer else { return false }
            line.pioneer = item
        }
        line.running += 1
        return true
    }

    private mutating func forgetIdleHosts() {
        lines = lines.filter { $0.value.running > 0 || !$0.value.waiting.isEmpty }
    }
}

import DequeModule

// Who may run, per host, and who waits.
//
// libcurl has caps of its own, and they are set, too, but a handle that waits inside libcurl 7.88 has its connect
// timeout running, so requests behind a slow host would fail as "can't connect". Waiting happens here instead:
//   - HTTP/1.1, and a host not yet known: as many requests at once as connections are allowed
//   - HTTP/2: as many as connections times streams
// A host is known by the version of its last answer.

/// The requests of each host: running, and waiting first in, first out. Pure; generic over what stands in line.
struct HostLines<Host: Hashable, Item: Equatable> {
    private struct Line {
        var running = 0
        var isMultiplexed = false
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
        if line.running < limit(line), line.waiting.isEmpty {
            line.running += 1
            lines[host] = line
            return .runs
        }
        guard waitingCount < maximumWaiting else { return .full }
        line.waiting.append(item)
        lines[host] = line
        waitingCount += 1
        return .waits
    }

    /// One that ran has ended; `multiplexed` as its answer showed, nil if it had none. Returns those that run now.
    mutating func leave(_ host: Host, multiplexed: Bool?) -> [Item] {
        guard var line = lines[host] else { return [] }
        line.running -= 1
        if let multiplexed { line.isMultiplexed = multiplexed }
        var next: [Item] = []
        while line.running < limit(line), let item = line.waiting.popFirst() {
            next.append(item)
            line.running += 1
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

    private func limit(_ line: Line) -> Int {
        line.isMultiplexed ? connectionsPerHost * streamsPerConnection : connectionsPerHost
    }

    private mutating func forgetIdleHosts() {
        lines = lines.filter { $0.value.running > 0 || !$0.value.waiting.isEmpty }
    }
}

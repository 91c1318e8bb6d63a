/// Everything the simulator knows. Confined to one lock: requests look at it one at a time.
///
/// Requests are short (microseconds to a few milliseconds for a large page), so one lock is enough for thousands of
/// them a second, and a seed replays exactly. What takes time on purpose, faults and latency, waits outside the lock.
final class World {
    let options: SimulatorOptions
    var random: SeededRandom
    var clock: VirtualClock
    private(set) var directories: [Directory] = []
    private(set) var mailboxes: [Mailbox] = []
    private var mailboxIndex: [String: Mailbox] = [:]
    var login: LoginState
    var throttle: Throttle
    var faults = FaultBook()
    var log: RequestLog
    var sync: SyncStates
    let subscriptions: SubscriptionBook
    /// The demo's mailboxes with the grants of their users.
    var demo: [(about: JSON, grant: Int)] = []
    var duplicateTransaction: SimulatorOptions.DuplicateTransaction
    var latencyMilliseconds: Int
    var maximumPageSize: Int
    /// Which of the ways that Graph's answers may have they have.
    var dialects = Dialects()
    private var lastItem = 0
    private var lastChange = 0

    init(options: SimulatorOptions, wakeNotifier: @escaping @Sendable () -> Void = {}) {
        self.options = options
        subscriptions = SubscriptionBook(wake: wakeNotifier)
        random = SeededRandom(seed: options.seed)
        clock = VirtualClock(start: options.start.flatMap(Instant.init(iso:)))
        login = LoginState(options: options)
        throttle = Throttle(options: options)
        log = RequestLog(capacity: options.logCapacity)
        sync = SyncStates(seed: options.seed, generations: options.deltaGenerations)
        duplicateTransaction = options.duplicateTransaction
        latencyMilliseconds = options.latencyMilliseconds
        maximumPageSize = options.maximumPageSize
    }

    var now: Instant { clock.now }

    func nextItemNumber() -> Int {
        lastItem += 1
        return lastItem
    }

    func nextChange() -> Int {
        lastChange += 1
        return lastChange
    }

    // MARK: Directories and mailboxes

    func addDirectory(name: String, domain: String, id: String? = nil) -> Directory {
        let directory = Directory(id: id ?? random.guid(), name: name, domain: domain)
        directories.append(directory)
        return directory
    }

    /// A directory by id or domain.
    func directory(_ name: String) -> Directory? {
        directories.first { $0.id == name.lowercased() || $0.domain == name.lowercased() }
    }

    func add(_ mailbox: Mailbox) {
        mailboxes.append(mailbox)
        for name in [mailbox.id, mailbox.principalName, mailbox.address] { mailboxIndex[name.lowercased()] = mailbox }
    }

    /// A mailbox by user id, principal name or address, in any case.
    func mailbox(_ name: String) -> Mailbox? { mailboxIndex[name.lowercased()] }

    func removeMailbox(_ mailbox: Mailbox) {
        mailboxes.removeAll { $0.id == mailbox.id }
        mailboxIndex = mailboxIndex.filter { $0.value.id != mailbox.id }
    }

    /// The calendar of a mailbox as that mailbox sees it.
    func view(of folder: CalendarFolder, in mailbox: Mailbox) -> CalendarView? {
        guard let link = folder.link else {
            return CalendarView(
                mailbox: mailbox, folder: folder, owner: mailbox, store: folder, canWrite: folder.canEdit,
                seesPrivate: true)
        }
        guard let owner = self.mailbox(link.ownerID), let store = owner.folder(number: link.folder),
            let role = store.roles[mailbox.id]
        else { return nil }
        return CalendarView(
            mailbox: mailbox, folder: folder, owner: owner, store: store,
            canWrite: store.canEdit && ["write", "delegate", "delegateWithPrivate"].contains(role),
            seesPrivate: role == "delegateWithPrivate")
    }
}

/// A directory of Entra: what Microsoft calls a tenant. Named so because a tenant is a customer of ours.
struct Directory: Sendable {
    let id: String
    let name: String
    /// Its verified domain, in lower case.
    let domain: String

    /// The directory of all personal accounts.
    static let personalID = "9188040d-6c67-4c5b-b112-36a304b66dad"
}

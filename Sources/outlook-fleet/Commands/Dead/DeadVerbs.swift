import ArgumentParser
import FleetCore
import FleetStore
import Synchronization

extension DeadCommand {
    /// `dead retry`
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Put jobs back in line as new ones, and print the new ids.",
            discussion: """
                A new job has fresh counters, no not_before and no expires_at; its result names the old id. Of many, \
                the oldest goes first, so that the jobs of a connection keep their order; each line then is the old \
                id, the new id and the connection. Rejected payloads never were jobs and stay.
                """)
        @OptionGroup var choice: DeadChoice

        func run() async throws {
            let choice = try choice.read()
            let tally = Tally()
            let count = try await Wiring.withStore(choice.shared) { store in
                let dead = DeadLetters(store)
                return try await choice.forEach(store) { (letters) throws(StoreError) in
                    for letter in letters {
                        let outcome = try await dead.retry(letter, as: Enqueuing.freshID())
                        tally.add(outcome)
                        Self.tell(letter, outcome, choice)
                    }
                }
            }
            if choice.isDryRun { return Output.note("would retry \(count)") }
            guard choice.id == nil else { return try tally.finishOne(choice.id) }
            Output.note("retried \(tally.retried), left \(count - tally.retried)")
        }

        private static func tell(
            _ letter: DeadLetter, _ outcome: DeadLetters.RetryOutcome, _ choice: DeadChoice.Values
        ) {
            let old = letter.jobID?.rawValue ?? "-"
            guard case .retried(let fresh, let connection) = outcome else {
                if choice.id == nil { Output.note("left \(Table.printable(old)): \(outcome.reason)") }
                return
            }
            if choice.asJSON {
                var writer = JSONWriter()
                writer.beginObject()
                writer.member("job_id", fresh.rawValue)
                writer.member("retry_of", old)
                writer.member("connection", connection.description)
                writer.endObject()
                Output.line(writer.text)
            } else if choice.id != nil {
                Output.line(fresh.rawValue)
                Output.note("retried for \(connection)")
            } else {
                Output.line("\(Table.printable(old)) \(fresh) \(connection)")
            }
        }
    }

    /// `dead discard`
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard", abstract: "Forget some for good.",
            discussion: "Look at them first: --dry-run lists what would be forgotten.")
        @OptionGroup var choice: DeadChoice

        func run() async throws {
            let choice = try choice.read()
            let dropped = Mutex(0)
            let count = try await Wiring.withStore(choice.shared) { store in
                try await choice.forEach(store) { (letters) throws(StoreError) in
                    let gone = try await DeadLetters(store).discard(letters)
                    dropped.withLock { $0 += gone }
                }
            }
            if choice.isDryRun { return Output.note("would discard \(count)") }
            let gone = dropped.withLock { $0 }
            if let id = choice.id { return Output.note(gone > 0 ? "discarded \(id)" : "\(id) was gone already") }
            Output.note("discarded \(gone)")
        }
    }

    /// What became of retries.
    private final class Tally: Sendable {
        private let state = Mutex((retried: 0, last: DeadLetters.RetryOutcome.missing))

        var retried: Int { state.withLock { $0.retried } }

        func add(_ outcome: DeadLetters.RetryOutcome) {
            state.withLock { state in
                if case .retried = outcome { state.retried += 1 }
                state.last = outcome
            }
        }

        /// The one that was named must have been retried.
        func finishOne(_ id: JobID?) throws(ProgramError) {
            let last = state.withLock { $0.last }
            if case .retried = last { return }
            throw ProgramError(.jobFailed, "\(id?.rawValue ?? ""): \(last.reason)")
        }
    }
}

extension DeadLetters.RetryOutcome {
    /// Why it wasn't retried.
    var reason: String {
        switch self {
        case .retried: "retried"
        case .missing: "somebody else has just retried or discarded it"
        case .notAJob: "it never was a valid job: push a corrected payload"
        case .notConnected: "its calendar fits no connection of the tenant"
        case .ambiguousCalendar: "its calendar fits several connections of the tenant"
        }
    }
}

/// What can go wrong with a reactor itself.
package enum ReactorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kernel refused a system call; `number` is its errno.
    case system(call: String, number: Int32)
    /// A wait ended because its deadline passed.
    case deadlineExceeded
    /// The reactor was stopped while something still waited on it.
    case stopped

    /// A line for people.
    package var description: String {
        switch self {
        case .system(let call, let number): "\(call) failed with errno \(number)"
        case .deadlineExceeded: "the deadline passed"
        case .stopped: "the reactor was stopped"
        }
    }
}

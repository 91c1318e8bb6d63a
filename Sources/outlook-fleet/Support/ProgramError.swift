import Glibc

/// What a shell learns from us. The numbers above 63 are those of BSD's sysexits.h, fixed by the contract.
enum ProgramStatus: Int32 {
    case done = 0
    /// The job ended in failure, was rejected or was a duplicate.
    case jobFailed = 1
    /// A flag, an argument or their values are wrong.
    case usage = 64
    /// Redis or another service can't be reached.
    case unavailable = 69
    /// A bug of ours.
    case `internal` = 70
    /// Nothing is wrong; the answer isn't there yet.
    case tryAgain = 75
    /// A file, the environment or a key is wrong.
    case configuration = 78
}

/// Why a command ends without having done what it was asked to: one line for a person, one number for a script.
///
/// The line says what failed, with which value, and what to do. It never holds a secret.
struct ProgramError: Error, CustomStringConvertible {
    let status: ProgramStatus
    let message: String

    init(_ status: ProgramStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    var description: String { message }

    /// `open(2)` and friends, in words.
    static func system(_ status: ProgramStatus, _ what: String, number: Int32 = errno) -> ProgramError {
        ProgramError(status, "\(what): \(String(cString: strerror(number)))")
    }
}

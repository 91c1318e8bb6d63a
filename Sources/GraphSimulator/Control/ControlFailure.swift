/// Why a control request was refused; a person reads it.
struct ControlFailure: Error, Sendable, CustomStringConvertible {
    let status: Int
    let description: String

    init(_ description: String, status: Int = 400) {
        self.status = status
        self.description = description
    }

    static func missing(_ what: String) -> ControlFailure { ControlFailure("no \(what)", status: 404) }
}

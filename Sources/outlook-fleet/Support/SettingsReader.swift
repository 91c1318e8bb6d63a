import FleetCore
import Foundation

/// Turns flags and environment into values: the flag wins, then the variable, then the default. Faults are collected
/// and reported together, each with its name, the value and what may be given: 64 if a flag is among them, else 78.
struct SettingsReader {
    private let environment: [String: String]
    private var usageFaults: [String] = []
    private var configurationFaults: [String] = []

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    /// The value, or nil if nothing was given and there is no default. Also nil for a faulty value: ``finish()``
    /// throws.
    mutating func optional<Value>(_ flag: FlagSpec<Value>, _ given: String?) -> Value? {
        if let given {
            switch flag.read(given) {
            case .success(let value): return value
            case .failure(let fault): usageFaults.append("--\(flag.name) \(Self.shortened(given)): \(fault.reason)")
            }
            return nil
        }
        guard let text = environment[flag.variable] else { return flag.fallback }
        switch flag.read(text) {
        case .success(let value): return value
        case .failure(let fault):
            configurationFaults.append("\(flag.variable)=\(Self.shortened(text)): \(fault.reason)")
        }
        return nil
    }

    /// The value; what is missing is a fault, and `placeholder` stands in until ``finish()`` throws.
    mutating func required<Value>(_ flag: FlagSpec<Value>, _ given: String?, placeholder: Value) -> Value {
        if let value = optional(flag, given) { return value }
        if given == nil, environment[flag.variable] == nil { usageFaults.append("--\(flag.name) is missing") }
        return placeholder
    }

    /// The value of an argument that is read like a flag; its name in messages is the flag's in capitals.
    mutating func argument<Value>(_ flag: FlagSpec<Value>, _ given: String) -> Value? {
        switch flag.read(given) {
        case .success(let value): return value
        case .failure(let fault):
            usageFaults.append("\(flag.name.uppercased()) \(Self.shortened(given)): \(fault.reason)")
            return nil
        }
    }

    /// Notes a fault if an argument doesn't keep to a rule of names.
    mutating func check(_ given: String, _ rule: TextRule, _ what: String) {
        if !rule.allows(given) { reject("\(what) must be \(rule.description)") }
    }

    /// The value of a flag that has a default.
    mutating func value<Value>(_ flag: FlagSpec<Value>, _ given: String?) -> Value {
        guard let fallback = flag.fallback else { preconditionFailure("--\(flag.name) has no default") }
        return optional(flag, given) ?? fallback
    }

    /// A flag without a value: given, or its variable says so.
    mutating func isOn(_ flag: FlagSpec<Bool>, _ given: Bool) -> Bool {
        given || value(flag, nil)
    }

    /// Notes a fault that concerns several flags at once.
    mutating func reject(_ fault: String) {
        usageFaults.append(fault)
    }

    /// Notes a fault of a file or of the environment.
    mutating func fault(_ fault: String) {
        configurationFaults.append(fault)
    }

    /// Ends the reading.
    /// - Throws: ``ProgramError`` with every fault in one line.
    func finish() throws(ProgramError) {
        let faults = usageFaults + configurationFaults
        guard !faults.isEmpty else { return }
        throw ProgramError(usageFaults.isEmpty ? .configuration : .usage, faults.joined(separator: "; "))
    }

    /// A value in a message: short, on one line, and without what may be a password in a URL.
    private static func shortened(_ text: String) -> String {
        let shown = Table.printable(String(text.prefix(80)))
        guard let at = shown.lastIndex(of: "@"), let scheme = shown.firstRange(of: "://") else { return "'\(shown)'" }
        guard scheme.upperBound <= at else { return "'\(shown)'" }
        return "'\(shown[..<scheme.upperBound])***\(shown[at...])'"
    }
}

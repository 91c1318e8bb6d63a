package import FleetCore
package import Foundation

/// Which dead letters: those that fit in every respect that is given.
package struct DeadFilter: Sendable, Equatable {
    /// What a letter is of.
    package enum Kind: String, Sendable, CaseIterable {
        case connect, sync, disconnect
        /// A payload that never was a valid job.
        case rejected
    }

    /// Whose.
    package var tenant: TenantID?
    /// Of which kind.
    package var kind: Kind?
    /// The code of the error.
    package var code: ErrorCode?
    /// Those that ended then or later.
    package var since: Date?
    /// Those that ended before.
    package var until: Date?

    /// Those of a tenant; by default all.
    package init(tenant: TenantID? = nil) { self.tenant = tenant }

    /// True for a filter that lets everything pass.
    package var isEmpty: Bool { self == DeadFilter() }

    /// Whether a letter fits.
    package func matches(_ letter: DeadLetter) -> Bool {
        if let tenant, letter.tenant != tenant { return false }
        if let kind, letter.kind != kind { return false }
        if let code, letter.code != code { return false }
        if let since, letter.at < since { return false }
        if let until, letter.at >= until { return false }
        return true
    }
}

extension DeadLetter {
    /// What it is of; nil where a newer fleet wrote the job.
    package var kind: DeadFilter.Kind? {
        if kept != nil { return .rejected }
        return job.flatMap { DeadFilter.Kind(rawValue: $0.kind.rawValue) }
    }

    /// The code of its error.
    package var code: ErrorCode? {
        (try? StrictJSON.parse(error))?.objectValue?["code"]?.stringValue.flatMap { ErrorCode(rawValue: $0) }
    }
}

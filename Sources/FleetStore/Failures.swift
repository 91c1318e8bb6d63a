import FleetCore

/// The failures that scripts write by themselves, as the JSON of a result's `error`.
enum Failures {
    static let notConnected = JobError(
        .notConnected, "no connection of this tenant has that calendar_id: push a connect job first"
    ).json()
    static let ambiguous = JobError(
        .ambiguousCalendar, "several connections of this tenant have that calendar_id: name the resource_id"
    ).json()
    static let overtaken = JobError(
        .cancelled, "a disconnect of the connection came before the sync's not_before"
    ).json()
    static let expired = JobError(.expired, "the job's expires_at was over while it waited").json()
    static let cancelled = JobError(.cancelled, "cancelled by an operator while it waited").json()
}

/// How an event shows in the calendar: Graph's `freeBusyStatus`. Anything newer reads as `unknown`.
package enum ShowAs: String, Sendable, Codable, CaseIterable {
    case free, tentative, busy, oof, workingElsewhere, unknown
}

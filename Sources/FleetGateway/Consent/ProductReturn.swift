import FleetCore

/// The product's place that a user's browser goes back to (`--return-url`), and what it is told there:
/// `status` (`connecting`, `declined` or `failed`), `resource_id` once the state has said whose consent this was, and
/// `job_id` or `reason`.
struct ProductReturn: Sendable {
    let url: String
    var resource: ResourceID?

    /// The place with what happened in its query.
    func link(_ status: String, _ more: [(String, String)] = []) -> String {
        let members = [("status", status)] + (resource.map { [("resource_id", $0.rawValue)] } ?? []) + more
        return url + (url.contains("?") ? "&" : "?") + PercentCoding.encode(members)
    }
}

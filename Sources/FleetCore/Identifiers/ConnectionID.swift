/// The identity of a connection: one resource of one tenant.
///
/// Its text form `tenant:resource` names the connection's lane and its private state. A tenant id holds no colon, so
/// the first colon divides.
package struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    /// Whose it is.
    package let tenant: TenantID
    /// What is booked.
    package let resource: ResourceID

    /// The connection of a resource.
    package init(tenant: TenantID, resource: ResourceID) {
        self.tenant = tenant
        self.resource = resource
    }

    /// Reads the text form; nil without a colon.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        self.init(
            tenant: TenantID(String(text[..<colon])), resource: ResourceID(String(text[text.index(after: colon)...])))
    }

    /// `tenant:resource`.
    package var description: String { "\(tenant.rawValue):\(resource.rawValue)" }
}

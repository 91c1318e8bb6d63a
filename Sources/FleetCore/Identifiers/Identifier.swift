/// An id of one kind, so that a tenant's id can't be passed where a job's is wanted.
///
/// Ids are compared byte by byte: Outlook's event ids may differ in case only.
package protocol Identifier: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension Identifier {
    /// The id as it stands on the wire.
    package var description: String { rawValue }

    /// Wraps a text that is known to be an id of this kind; checks nothing.
    package init(_ text: String) { self.init(rawValue: text) }
}

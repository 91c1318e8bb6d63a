/// A stored value was written by a newer fleet: it must not be overwritten by half, so it is left to that one.
package struct NewerVersion: Error, Sendable, Equatable {
    /// The version found.
    package let version: Int
}

/// The outer form of what is kept privately as JSON: an object with its version, `{"v":1,...}`. A member that old
/// readers may skip needs no new version; a changed meaning does.
enum StoredForm {
    /// The object; nil for anything that isn't ours.
    /// - Throws: when it is of a newer version than `version`.
    static func object(_ json: String, version: Int) throws(NewerVersion) -> JSONObject? {
        guard let object = (try? StrictJSON.parse(json))?.objectValue, let found = object["v"]?.integerValue else {
            return nil
        }
        guard found <= version else { throw NewerVersion(version: found) }
        return object
    }
}

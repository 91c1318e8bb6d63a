import Crypto
import Foundation

/// Stands for a text where only equality matters: 96 bits of its SHA-256, so that a booking's record needn't hold a
/// body of a megabyte. The empty text is the empty digest.
package struct TextDigest: Hashable, Sendable {
    /// As it is stored.
    package let rawValue: String

    /// A digest as it was stored.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The digest of a text; nil counts as empty.
    package init(_ text: String?) {
        guard let text, !text.isEmpty else {
            rawValue = ""
            return
        }
        rawValue = Data(SHA256.hash(data: Data(text.utf8)).prefix(12)).base64EncodedString()
    }
}

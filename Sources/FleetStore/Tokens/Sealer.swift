import Crypto
import Foundation

// KEYID:BASE64URL(nonce + ciphertext + tag), AES-256-GCM. The associated data is "purpose LF id": what is sealed for
// one credential or job can't be put in another's place by somebody who can write to Redis.

/// Seals secrets for their rest in Redis.
package struct Sealer: Sendable {
    /// What a secret is for; part of what is authenticated.
    package enum Purpose: String, Sendable {
        /// The tokens of a credential; id is the credential's.
        case credential
        /// The tokens of a connect that waits; id is "tenant:job id".
        case job
        /// A payload of a newer version that was put aside; id is what stands beside it in the clear.
        case newer
        /// What is kept of a rejected payload; id is "tenant:job id".
        case dead
        /// The state of a consent under way, which travels through the user's browser; id is `state`.
        case consent
    }

    /// Why something can't be unsealed.
    package enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// Its key isn't in the keys file (any more).
        case unknownKey(id: String)
        /// Not what was sealed, or not here, or not for this.
        case forged
        /// No sealed text.
        case malformed

        /// What is wrong and what to do.
        package var description: String {
            switch self {
            case .unknownKey(let id):
                "sealed under key \(id), which the sealing keys file doesn't hold: put its line back below the others"
            case .forged: "a sealed secret doesn't open: damaged, or moved from another place"
            case .malformed: "not a sealed secret"
            }
        }
    }

    private let keys: SealingKeys

    /// Seals with the first of `keys`, unseals with all.
    package init(_ keys: SealingKeys) { self.keys = keys }

    /// Seals `secret`, for `purpose` and `id` only. One line of ASCII.
    package func seal(_ secret: [UInt8], _ purpose: Purpose, id: String) -> String {
        let key = keys.keys[0]
        do {
            let box = try AES.GCM.seal(secret, using: key.key, authenticating: Self.associated(purpose, id))
            guard let combined = box.combined else { preconditionFailure("a nonce of another size than 12 bytes") }
            return key.id + ":" + Self.encode(combined)
        } catch {
            preconditionFailure("AES-GCM refuses a key of 32 bytes: \(error)")
        }
    }

    /// Opens what `seal` made for the same purpose and id.
    package func open(_ sealed: String, _ purpose: Purpose, id: String) throws(Fault) -> [UInt8] {
        let parts = sealed.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let combined = Self.decode(parts[1]), combined.count >= 28 else { throw .malformed }
        guard let key = keys.keys.first(where: { $0.id == parts[0] }) else { throw .unknownKey(id: String(parts[0])) }
        do {
            let box = try AES.GCM.SealedBox(combined: combined)
            return Array(try AES.GCM.open(box, using: key.key, authenticating: Self.associated(purpose, id)))
        } catch {
            throw .forged
        }
    }

    /// True when `sealed` isn't under the key that seals now.
    package func isOutdated(_ sealed: String) -> Bool { !sealed.hasPrefix(keys.keys[0].id + ":") }

    private static func associated(_ purpose: Purpose, _ id: String) -> Data {
        Data("\(purpose.rawValue)\n\(id)".utf8)
    }

    private static func encode(_ data: Data) -> String {
        var text = data.base64EncodedString()
        text.replace("+", with: "-")
        text.replace("/", with: "_")
        text.replace("=", with: "")
        return text
    }

    private static func decode(_ text: Substring) -> Data? {
        var base64 = String(text)
        base64.replace("-", with: "+")
        base64.replace("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64)
    }
}

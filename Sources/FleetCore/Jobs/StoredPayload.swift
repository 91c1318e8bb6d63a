// What rests in Redis after intake. Payloads without a secret keep their bytes: most jobs are syncs, and copying is all
// they cost. Where there are tokens (a connect's `oauth_token`), or a secret in a field that we don't know (a sync that
// brings a token along), only their values are cut out of the bytes and replaced by `null`; everything else stays as it
// came, so that the job reads the same later, warnings included:
//
//     {"oauth_token":{"access_token":"eyJ...","scope":"x"},"id":"a"}
//     {"oauth_token":{"access_token":null,"scope":null},"id":"a"}     + the tokens, to be sealed

/// The form of a payload that may rest in Redis.
package enum StoredPayload: Sendable, Equatable {
    /// The bytes as they came; nothing to seal.
    case asItCame
    /// Other bytes, without the secrets. `tokens` must be sealed and kept beside them; nil when the secrets were none
    /// of ours.
    case withoutSecrets([UInt8], tokens: OAuthTokens?)

    init(_ payload: UnsafeRawBufferPointer, _ object: JSONObject, job: Job, secrets: [Range<Int>]) {
        guard !secrets.isEmpty else {
            self = .asItCame
            return
        }
        let token = object.member("oauth_token")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count)
        var position = 0
        for secret in secrets.sorted(by: { $0.lowerBound < $1.lowerBound }) where secret.lowerBound >= position {
            bytes.append(contentsOf: payload[position..<secret.lowerBound])
            let isToken = token?.range == secret
            bytes.append(contentsOf: isToken ? Self.outline(token?.value) : Array("null".utf8))
            position = secret.upperBound
        }
        bytes.append(contentsOf: payload[position...])
        var tokens: OAuthTokens?
        if case .connect(let request) = job.request, case .tokens(let given) = request.authorization { tokens = given }
        self = .withoutSecrets(bytes, tokens: tokens)
    }

    /// The value with the names of its members and nothing else; names that may be secrets themselves are left out.
    private static func outline(_ value: JSONValue?) -> [UInt8] {
        guard case .object(let object) = value else { return Array("null".utf8) }
        let plain = ASCIISet("abcdefghijklmnopqrstuvwxyz_")
        var writer = JSONWriter()
        writer.beginObject()
        for member in object.members
        where member.key.utf8.count <= 32 && member.key.utf8.allSatisfy({ plain.contains($0) }) {
            writer.key(member.key)
            writer.raw("null")
        }
        writer.endObject()
        return writer.bytes
    }
}

extension OAuthTokens {
    /// The bytes to seal: a JSON object with a version.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.beginObject()
        writer.key("v")
        writer.value(1)
        writer.key("access_token")
        writer.value(accessToken)
        if let refreshToken {
            writer.key("refresh_token")
            writer.value(refreshToken)
        }
        if let expiresAt {
            writer.key("expires_at")
            writer.value(expiresAt)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `encoded` wrote; nil for anything else and for newer versions.
    package init?(encoded bytes: [UInt8]) {
        guard let object = (try? StrictJSON.parse(bytes))?.objectValue, object["v"]?.integerValue == 1,
            let accessToken = object["access_token"]?.stringValue
        else { return nil }
        self.init(
            accessToken: accessToken, refreshToken: object["refresh_token"]?.stringValue,
            expiresAt: object["expires_at"]?.stringValue.flatMap { RFC3339.date($0) })
    }
}

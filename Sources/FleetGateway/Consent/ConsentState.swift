import Crypto
import FleetCore
import FleetStore
import Foundation
import Telemetry

// What comes back from Microsoft with the user's browser is only the state. So it carries all that the callback needs,
// sealed: nobody can read the verifier in it, change the tenant in it, or make one; and any gateway of the fleet can
// open it. Redis holds nothing until it is used, and then only that it was.

/// A consent under way.
struct ConsentState: Sendable, Equatable {
    /// How long a user may take.
    static let seconds = 600
    private static let version = 1

    /// What it will become.
    enum Purpose: Sendable, Equatable {
        /// A user's consent: the code is redeemed with this verifier.
        case user(verifier: Secret)
        /// An administrator's for the whole directory.
        case admin(directory: String)
    }

    let nonce: String
    let tenant: TenantID
    let resource: ResourceID
    let calendar: String?
    let mailbox: String?
    let frequency: String?
    let purpose: Purpose
    let expires: Date

    /// A fresh one; a user's has a verifier of its own.
    init(
        tenant: TenantID, resource: ResourceID, calendar: String?, mailbox: String?, frequency: String?,
        directory: String?, now: Date
    ) {
        nonce = Self.random(16)
        self.tenant = tenant
        self.resource = resource
        self.calendar = calendar
        self.mailbox = mailbox
        self.frequency = frequency
        purpose = directory.map(Purpose.admin) ?? .user(verifier: Secret(Self.random(32)))
        expires = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded() + Double(Self.seconds))
    }

    /// The challenge of a verifier (RFC 7636, section 4.2, S256).
    static func challenge(_ verifier: Secret) -> String {
        base64URL(Data(SHA256.hash(data: Data(verifier.exposed.utf8))))
    }

    /// Whether it took too long.
    func isOver(at now: Date) -> Bool { expires <= now }

    func sealed(_ sealer: Sealer) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("v", Self.version)
        writer.member("n", nonce)
        writer.member("t", tenant.rawValue)
        writer.member("r", resource.rawValue)
        writer.optional("c", calendar)
        writer.optional("m", mailbox)
        writer.optional("f", frequency)
        switch purpose {
        case .user(let verifier): writer.member("k", verifier.exposed)
        case .admin(let directory): writer.member("d", directory)
        }
        writer.member("x", expires)
        writer.endObject()
        return sealer.seal(writer.bytes, .consent, id: "state")
    }

    /// Opens what `sealed` made; nil for anything else. Whether it has expired is for the caller to see.
    init?(_ text: String, _ sealer: Sealer) {
        guard text.utf8.count <= 8192, let bytes = try? sealer.open(text, .consent, id: "state"),
            let object = (try? StrictJSON.parse(bytes))?.objectValue, object["v"]?.integerValue == Self.version,
            let nonce = object["n"]?.stringValue, let tenant = object["t"]?.stringValue,
            let resource = object["r"]?.stringValue,
            let expires = object["x"]?.stringValue.flatMap({ RFC3339.date($0) })
        else { return nil }
        if let verifier = object["k"]?.stringValue {
            purpose = .user(verifier: Secret(verifier))
        } else if let directory = object["d"]?.stringValue {
            purpose = .admin(directory: directory)
        } else {
            return nil
        }
        self.nonce = nonce
        self.tenant = TenantID(tenant)
        self.resource = ResourceID(resource)
        calendar = object["c"]?.stringValue
        mailbox = object["m"]?.stringValue
        frequency = object["f"]?.stringValue
        self.expires = expires
    }

    /// The connect job's own members.
    func connectBody(_ tokens: OAuthTokens?) -> JSONObject? {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("resource_id", resource.rawValue)
        writer.optional("calendar_id", calendar)
        writer.optional("mailbox", mailbox)
        if let frequency {
            writer.key("settings")
            writer.beginObject()
            writer.member("frequency", frequency)
            writer.endObject()
        }
        switch purpose {
        case .admin(let directory):
            writer.key("app_only")
            writer.beginObject()
            writer.member("directory", directory)
            writer.endObject()
        case .user:
            writer.key("oauth_token")
            writer.beginObject()
            writer.member("access_token", tokens?.accessToken ?? "none")
            writer.optional("refresh_token", tokens?.refreshToken)
            writer.optional("expires_at", tokens?.expiresAt)
            writer.endObject()
        }
        writer.endObject()
        return (try? StrictJSON.parse(writer.bytes))?.objectValue
    }

    private static func random(_ count: Int) -> String {
        base64URL(SymmetricKey(size: .init(bitCount: count * 8)).withUnsafeBytes { Data($0) })
    }
}

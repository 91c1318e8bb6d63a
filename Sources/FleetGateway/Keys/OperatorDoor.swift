import Crypto
import FleetStore
import Foundation
import HTTPTypes
import Hummingbird
import Telemetry

/// The operator's key, from a file that only its owner may read. Prints as `***`.
package struct OperatorKey: Sendable {
    private let digest: SHA256.Digest

    /// Reads a file that holds the key and nothing else.
    /// - Throws: ``GatewayFault`` with the path and what is wrong; never with the key.
    package init(file path: String) throws(GatewayFault) {
        let text: String
        do throws(OwnerOnlyFile.Fault) {
            text = try OwnerOnlyFile.text(path, what: "operator key file")
        } catch {
            throw GatewayFault(error.description)
        }
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard key.utf8.count >= TenantKeys.shortestKey, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw GatewayFault(
                "the operator key file \(path) must hold one key, at least \(TenantKeys.shortestKey) printable "
                    + "characters: openssl rand -hex 24 > \(path) makes one")
        }
        digest = SHA256.hash(data: Data(key.utf8))
    }

    /// Digests compare in constant time.
    func matches(_ other: Secret) -> Bool { SHA256.hash(data: Data(other.exposed.utf8)) == digest }
}

extension OperatorKey: CustomStringConvertible {
    /// Always `***`.
    package var description: String { "***" }
}

/// Lets the operator in: a browser by HTTP Basic (any name, the key as password), a program also by `Bearer KEY`.
final class OperatorDoor: Sendable {
    private let key: OperatorKey?
    private let slowness: WrongKeys

    /// Without a key nobody comes in.
    init(_ key: OperatorKey?, slowness: WrongKeys) {
        self.key = key
        self.slowness = slowness
    }

    /// The handler, for those who have the key; 401 for all others, the sooner the fewer wrong keys came from there.
    func guarding(_ handler: @escaping Routes.Handler) -> Routes.Handler {
        { [self] call in
            guard let key else {
                throw Problem(401, "unauthorized", "no operator key is set: start the gateway with --operator-key-file")
            }
            guard let given = Self.given(call.headers[.authorization]) else { throw Self.refusal }
            try await slowness.wait(call.clientAddress)
            guard key.matches(given) else {
                slowness.count(call.clientAddress)
                throw Self.refusal
            }
            return try await handler(call)
        }
    }

    private static let refusal = Problem(
        401, "unauthorized", "the operator's key is needed, as the password of any name",
        headers: [(name: "WWW-Authenticate", value: "Basic realm=\"Outlook Fleet\", charset=\"UTF-8\"")])

    private static func given(_ header: String?) -> Secret? {
        if let bearer = Doorkeeper.bearer(header) { return bearer }
        guard let parts = header?.split(separator: " ", maxSplits: 1), parts.count == 2, parts[1].utf8.count <= 1024,
            parts[0].lowercased() == "basic", let bytes = Data(base64Encoded: String(parts[1])),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return Secret(String(decoding: bytes[bytes.index(after: colon)...], as: UTF8.self))
    }
}

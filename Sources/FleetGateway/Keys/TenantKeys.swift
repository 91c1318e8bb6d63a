import Crypto
package import FleetCore
import FleetStore
import Foundation
package import Telemetry

// Lines `TENANT:KEY` or `TENANT:sha256:HEX` (of the key's bytes); blank lines and lines that begin with # are skipped.
// A tenant may have several: to rotate, add a line, hand out the new key, drop the old line.

/// Who comes with which key. Holds digests, not keys. Prints as `***`.
package struct TenantKeys: Sendable {
    /// A digest under a key of this process: whoever can time a look-up learns nothing about the keys in the file.
    private let blinding: SymmetricKey
    private let tenants: [[UInt8]: TenantID]

    /// A shorter one could be guessed.
    package static let shortestKey = 16
    private static let longestKey = 512

    /// Reads a file that only its owner may read.
    /// - Throws: ``GatewayFault`` with the path, the line and what is wrong; never with what stands there.
    package init(file path: String) throws(GatewayFault) {
        let text: String
        do throws(OwnerOnlyFile.Fault) {
            text = try OwnerOnlyFile.text(path, what: "tenant keys file")
        } catch {
            throw GatewayFault(error.description)
        }
        try self.init(text: text, path: path)
    }

    /// Reads the text of a file; `path` is what its faults name.
    package init(text: String, path: String) throws(GatewayFault) {
        let blinding = SymmetricKey(size: .bits256)
        var tenants: [[UInt8]: TenantID] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            do throws(GatewayFault) {
                let (tenant, digest) = try Self.read(line)
                let name = Self.blind(digest, blinding)
                guard tenants[name] == nil || tenants[name] == tenant else {
                    throw GatewayFault("this key is another tenant's, too")
                }
                tenants[name] = tenant
            } catch {
                throw GatewayFault("line \(index + 1) of the tenant keys file \(path): \(error)")
            }
        }
        guard !tenants.isEmpty else {
            throw GatewayFault(
                "the tenant keys file \(path) holds no key: `outlook-fleet tenant key ID` prints a line for it")
        }
        self.blinding = blinding
        self.tenants = tenants
    }

    /// The tenant that a key belongs to; nil if it is nobody's.
    func tenant(of key: Secret) -> TenantID? {
        guard key.exposed.utf8.count <= Self.longestKey else { return nil }
        return tenants[Self.blind(Array(SHA256.hash(data: Data(key.exposed.utf8))), blinding)]
    }

    /// How many keys there are.
    package var count: Int { tenants.count }

    /// A fresh line for the file, and the key. 32 random bytes; the prefix tells a leaked one from other texts.
    package static func newLine(for tenant: TenantID, hashed: Bool) -> (line: String, key: Secret) {
        let random = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let key = "ofk_" + base64URL(random)
        let shown = hashed ? "sha256:" + hex(Array(SHA256.hash(data: Data(key.utf8)))) : key
        return ("\(tenant.rawValue):\(shown)", Secret(key))
    }

    private static func read(_ line: String) throws(GatewayFault) -> (TenantID, [UInt8]) {
        guard let colon = line.firstIndex(of: ":") else { throw GatewayFault("must be TENANT:KEY") }
        let tenant = String(line[..<colon])
        let key = String(line[line.index(after: colon)...])
        guard TextRule.tenant.allows(tenant) else {
            throw GatewayFault("the tenant must be 1-128 of A-Z a-z 0-9 . _ -")
        }
        if key.hasPrefix("sha256:") {
            guard let digest = bytes(hex: key.dropFirst(7)), digest.count == 32 else {
                throw GatewayFault("sha256: must be followed by 64 hex digits")
            }
            return (TenantID(tenant), digest)
        }
        guard (shortestKey...longestKey).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw GatewayFault("a key must be \(shortestKey)-\(longestKey) printable characters without space")
        }
        return (TenantID(tenant), Array(SHA256.hash(data: Data(key.utf8))))
    }

    private static func blind(_ digest: [UInt8], _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: digest, using: key))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static func bytes(hex text: Substring) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension TenantKeys: CustomStringConvertible {
    /// Always `***`.
    package var description: String { "***" }
}

/// Base64 for URLs, without padding (RFC 4648, section 5).
func base64URL(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

import Crypto
import Foundation

/// `ETag` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1.2).
enum EntityTag {
    /// That of these bytes.
    static func of(_ bytes: [UInt8]) -> String {
        "\"" + base64URL(Data(SHA256.hash(data: Data(bytes)).prefix(16))) + "\""
    }

    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        if header == "*" { return true }
        return header.split(separator: ",").contains { part in
            var part = part
            while part.first == " " { part.removeFirst() }
            while part.last == " " { part.removeLast() }
            return part == tag || part == "W/" + tag
        }
    }
}

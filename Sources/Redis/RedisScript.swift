import COpenSSL

/// A Lua script, known to Redis by the SHA-1 of its text.
package struct RedisScript: Sendable, Hashable {
    /// What logs and metrics call it.
    package let name: String
    /// The Lua text.
    package let source: String
    /// 40 hex digits, as `EVALSHA` takes them.
    package let sha1: String

    /// Computes the digest; make a script once, not per call.
    package init(name: String, source: String) {
        self.name = name
        self.source = source
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        let bytes = Array(source.utf8)
        _ = SHA1(bytes, bytes.count, &digest)
        let digits = Array("0123456789abcdef".utf8)
        sha1 = String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

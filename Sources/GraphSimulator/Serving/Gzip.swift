/// The gzip form of bytes, without compression: what a client that says `Accept-Encoding: gzip` has to read.
enum Gzip {
    private static let blockSize = 65_535

    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var packed: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var start = 0
        repeat {
            let end = min(start + blockSize, bytes.count)
            packed.append(end == bytes.count ? 1 : 0)
            append(UInt32(end - start), bytes: 2, to: &packed)
            append(~UInt32(end - start), bytes: 2, to: &packed)
            packed += bytes[start..<end]
            start = end
        } while start < bytes.count
        append(checksum(bytes), bytes: 4, to: &packed)
        append(UInt32(truncatingIfNeeded: bytes.count), bytes: 4, to: &packed)
        return packed
    }

    private static func append(_ value: UInt32, bytes: Int, to packed: inout [UInt8]) {
        for index in 0..<bytes { packed.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))) }
    }

    /// CRC-32 of RFC 1952.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}

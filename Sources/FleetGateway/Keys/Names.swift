/// The contract's rules for what stands in paths and queries (CONTRACT, section 1). What stands in bodies is checked by
/// the job's decoder.
enum Names {
    static func isTenant(_ text: String) -> Bool { text.isMade(of: "._-", atMost: 128) }

    static func isResource(_ text: String) -> Bool { text.isMade(of: "._:@+-", atMost: 256) }

    static func isCalendar(_ text: String) -> Bool {
        (1...512).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && text != "."
            && text != ".."
    }

    /// Printable, and a header can carry it.
    static func isJob(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    static func isMailbox(_ text: String) -> Bool { text.isMade(of: "!#$&'*+-.=^_`{|}~@()", atMost: 320) }

    static func isDirectory(_ text: String) -> Bool {
        text.isMade(of: ".-", atMost: 256)
            && ![".", "..", "common", "organizations", "consumers"].contains(text.lowercased())
    }
}

extension String {
    /// Of ASCII letters, digits and these characters, one at least.
    fileprivate func isMade(of others: String, atMost limit: Int) -> Bool {
        let others = Array(others.utf8)
        return (1...limit).contains(utf8.count)
            && utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || others.contains(byte)
            }
    }
}

/// What a text may consist of that stands in a payload, a path or on the command line (CONTRACT, section 1).
package struct TextRule: Sendable {
    private enum Characters: Sendable {
        case of(ASCIISet)
        /// Any character that shows, the space included.
        case printable
    }

    private let characters: Characters
    private let maximum: Int
    /// Completes "must be ...".
    package let description: String
    /// Texts that are never allowed, though their characters are.
    private let forbidden: [String]

    private init(_ characters: Characters, _ maximum: Int, _ description: String, except forbidden: [String] = []) {
        self.characters = characters
        self.maximum = maximum
        self.description = "1-\(maximum) \(description)"
        self.forbidden = forbidden
    }

    /// Whether a text keeps to it.
    package func allows(_ text: String) -> Bool {
        let bytes = text.utf8
        switch characters {
        case .of(let set):
            guard !bytes.isEmpty, bytes.count <= maximum else { return false }
            return bytes.allSatisfy { set.contains($0) } && !forbidden.contains(text.lowercased())
        case .printable:
            guard !bytes.isEmpty, bytes.count <= maximum * 4 else { return false }
            if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return bytes.count <= maximum }
            return text.unicodeScalars.count <= maximum && text.unicodeScalars.allSatisfy(\.isPrintable)
        }
    }

    /// A tenant's id.
    package static let tenant = TextRule(.of(.alphanumerics(and: "._-")), 128, "of A-Z a-z 0-9 . _ -")
    /// A resource's id.
    package static let resource = TextRule(.of(.alphanumerics(and: "._:@+-")), 256, "of A-Z a-z 0-9 . _ : @ + -")
    /// A calendar's id. The dots would be taken for a directory's parent when they stand alone in a URL's path.
    package static let calendar = TextRule(
        .of(.visible), 512, "printable ASCII characters without space (not . or ..)", except: [".", ".."])
    /// A job's id.
    package static let jobID = TextRule(.printable, 128, "printable characters")
    static let bookingID = TextRule(.printable, 128, "printable characters")
    /// A path segment of Graph's URLs; user principal names of guests hold `#`, which is percent-encoded there.
    package static let mailbox = TextRule(
        .of(.alphanumerics(and: "!#$&'*+-.=^_`{|}~@()")), 320, "characters of a user id or an address (not . or ..)",
        except: [".", ".."])
    /// A path segment of the token endpoint's URL. Client credentials need a concrete directory (graph-facts 1.5).
    package static let directory = TextRule(
        .of(.alphanumerics(and: ".-")), 256,
        "characters of an Entra tenant id or domain (not common, organizations or consumers)",
        except: [".", "..", "common", "organizations", "consumers"])
    /// Goes into a header or a form: nothing that could end one.
    static let token = TextRule(.of(.visible), 16_384, "printable ASCII characters without space")
}

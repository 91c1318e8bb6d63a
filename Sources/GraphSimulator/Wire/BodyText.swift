import Foundation

/// An event's body in the forms in which Outlook hands it out.
///
/// Whatever was written comes back as a whole HTML document, so equality of bodies tells nothing; text is what is left
/// of it without the tags.
enum BodyText {
    private static let previewLength = 255

    static func html(_ content: EventContent) -> String {
        let inner: String
        if content.bodyType == "html" {
            if content.bodyContent.lowercased().hasPrefix("<html") { return content.bodyContent }
            inner = content.bodyContent
        } else if content.bodyContent.isEmpty {
            return ""
        } else {
            inner = "<div class=\"PlainText\">" + escape(content.bodyContent) + "</div>"
        }
        return
            "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n</head>\r\n"
            + "<body>\r\n" + inner + "\r\n</body>\r\n</html>\r\n"
    }

    static func text(_ content: EventContent) -> String {
        content.bodyType == "text" ? content.bodyContent : stripped(content.bodyContent)
    }

    static func preview(_ content: EventContent) -> String {
        String(text(content).prefix(previewLength))
    }

    /// A body of 2 MB shall not hold the world's lock for long: most need nothing.
    private static func escape(_ text: String) -> String {
        var source = text
        let isPlain = source.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return true }
            return "&<>\n".utf8.allSatisfy { memchr(base, Int32($0), bytes.count) == nil }
        }
        if isPlain { return text }
        var output = ""
        for character in text {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\n", "\r\n": output += "<br>\r\n"
            default: output.append(character)
            }
        }
        return output
    }

    private static func stripped(_ html: String) -> String {
        var output: [UInt8] = []
        var depth = 0
        for byte in html.utf8 {
            switch byte {
            case UInt8(ascii: "<"): depth += 1
            case UInt8(ascii: ">"): depth = max(0, depth - 1)
            default: if depth == 0 { output.append(byte) }
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

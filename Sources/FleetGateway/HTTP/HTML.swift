// Markup as a value of its own, so that text can't get into a page unescaped: in a literal of this type what is written
// out is markup, and what is interpolated is text.
//
//     let cell: HTML = "<td>\(tenant.name)</td>"      a name of `<b>` becomes `&lt;b&gt;`
//     let row: HTML = "<tr>\(cell)\(cell)</tr>"       markup in markup stays markup

/// A piece of HTML.
struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
    let text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ markup: HTML) { text += markup.text }
        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        mutating func appendInterpolation(_ string: String) { HTML.escape(string, into: &text) }
    }

    /// Escapes what has a meaning in text or in a quoted attribute; other control characters than the line's are
    /// dropped, as HTML allows them nowhere.
    private static func escape(_ string: String, into text: inout String) {
        for scalar in string.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\n", "\t": text.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): continue
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

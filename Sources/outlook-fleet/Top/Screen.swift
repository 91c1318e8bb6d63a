import Glibc

/// A terminal that shows frames in place. Uses its second screen, so that what stood there before comes back at the
/// end.
struct Screen {
    private static let escape = "\u{1B}["

    /// Columns and lines; 80 and 24 where they can't be known.
    static var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Takes the second screen and hides the cursor.
    static func open() { Output.text(escape + "?1049h" + escape + "?25l") }

    /// Gives both back.
    static func close() { Output.text(escape + "?25h" + escape + "?1049l") }

    /// Replaces what is shown, without a flicker: each line ends with clearing what is left of the old one.
    static func show(_ lines: [String], height: Int) {
        let text = lines.prefix(height).map { $0 + escape + "K" }.joined(separator: "\r\n")
        Output.text(escape + "H" + text + escape + "J")
    }

    /// Headers stand out; on a terminal only.
    static func emphasised(_ lines: [String]) -> [String] {
        lines.enumerated().map { index, line in
            let isHeader = index == 0 || ["TENANT ", "WORKER ", "GROUP "].contains { line.hasPrefix($0) }
            return isHeader ? escape + "1m" + line + escape + "0m" : line
        }
    }
}

import Foundation

// Charts are SVG, drawn here and sent as markup like everything else: no library, nothing drawn in the browser. Their
// numbers are also said in words beside them.

/// A chart over time: newest on the right.
struct Chart {
    struct Line {
        /// `class` of the path; the style sheet has the colours.
        var style: String
        var values: [Double?]
        /// Filled down to the axis.
        var isArea = false
    }

    /// Said to those who can't see it.
    var title: String
    /// How a value reads.
    var format: (Double) -> String
    var lines: [Line]
    /// Points of the time axis.
    var capacity: Int
    /// How much time these are, in words.
    var span = "5 min"
    /// The axis reaches at least so far.
    var atLeast: Double

    private static let width = 600.0
    private static let height = 150.0
    private static let left = 64.0
    private static let bottom = 20.0
    private static let top = 14.0

    /// The picture.
    var svg: HTML {
        let high = Self.round(max(atLeast, lines.flatMap(\.values).compactMap(\.self).max() ?? 0))
        return """
            <svg class="chart" viewBox="0 0 \(Self.text(Self.width)) \(Self.text(Self.height))" role="img" \
            aria-label="\(title)">\(grid(high))\(lines.map { path($0, high) })\(timeAxis)</svg>
            """
    }

    /// Where the time axis begins and ends.
    private var timeAxis: HTML {
        """
        <text class="tick first" x="\(Self.text(Self.left))" y="\(Self.text(Self.height - 4))">\(span) ago</text>\
        <text class="tick" x="\(Self.text(Self.width))" y="\(Self.text(Self.height - 4))">now</text>
        """
    }

    private func grid(_ high: Double) -> [HTML] {
        [0, 0.5, 1].map { part in
            let y = Self.y(part)
            return """
                <line class="grid" x1="\(Self.text(Self.left))" x2="\(Self.text(Self.width))" y1="\(Self.text(y))" \
                y2="\(Self.text(y))"/><text class="tick" x="\(Self.text(Self.left - 6))" y="\(Self.text(y + 4))">\
                \(format(high * part))</text>
                """
        }
    }

    /// Gaps where nothing was measured stay gaps.
    private func path(_ line: Line, _ high: Double) -> HTML {
        let step = (Self.width - Self.left) / Double(max(1, capacity - 1))
        let first = capacity - line.values.count
        var pieces: [[(x: Double, y: Double)]] = [[]]
        for (index, value) in line.values.enumerated() {
            guard let value else {
                if !pieces[pieces.count - 1].isEmpty { pieces.append([]) }
                continue
            }
            pieces[pieces.count - 1].append(
                (Self.left + Double(first + index) * step, Self.y(min(1, value / high))))
        }
        var drawing = ""
        for piece in pieces where !piece.isEmpty {
            let points = piece.map { "\(Self.text($0.x)) \(Self.text($0.y))" }
            // A single point would be invisible.
            let dot = points.count == 1 ? ["\(Self.text(piece[0].x + 1)) \(Self.text(piece[0].y))"] : []
            drawing += "M" + (points + dot).joined(separator: "L")
            if line.isArea {
                let floor = Self.text(Self.y(0))
                drawing += "L\(Self.text(piece[piece.count - 1].x)) \(floor)L\(Self.text(piece[0].x)) \(floor)Z"
            }
        }
        return "<path class=\"\(line.style)\" d=\"\(drawing)\"/>"
    }

    private static func y(_ part: Double) -> Double { height - bottom - part * (height - bottom - top) }

    /// The next of 1, 2, 5 times a power of ten.
    static func round(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, floor(log10(value)))
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= value - power * 1e-9 } ?? 10 * power
    }

    /// `1.5k`, `0.5`, `120`.
    static func short(_ value: Double) -> String {
        switch value {
        case 1_000_000...: trimmed(value / 1_000_000) + "M"
        case 1000...: trimmed(value / 1000) + "k"
        default: trimmed(value)
        }
    }

    private static func trimmed(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }

    /// A coordinate, to a tenth.
    private static func text(_ value: Double) -> String { trimmed(value) }
}

/// Rows under a header in a given width: the first column takes what the others leave, and names that are too long for
/// it end in `…`.
struct FrameTable {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: String...) {
        self.header = header
    }

    mutating func add(_ cells: String...) {
        precondition(cells.count == header.count, "a row has a cell for each column")
        rows.append(cells.map(Table.printable))
    }

    /// Numbers stand to the right, words to the left: a column is one of numbers if all its cells begin with a digit.
    func lines(width: Int, height: Int) -> [String] {
        guard height > 1, !rows.isEmpty else { return [] }
        let isCut = rows.count > height - 1
        let shown = isCut ? Array(rows.prefix(max(0, height - 2))) : rows
        let numbers = header.indices.map { column in
            column > 0 && shown.allSatisfy { $0[column].isEmpty || $0[column].first?.isNumber == true }
        }
        var widths = header.indices.map { column in ([header] + shown).map { $0[column].count }.max() ?? 0 }
        let others = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
        widths[0] = max(8, width - others)
        var lines = ([header] + shown).map { row in
            let cells = header.indices.map { column in
                Self.fit(row[column], widths[column], right: numbers[column])
            }
            let line = cells.joined(separator: "  ").prefix(width)
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        if isCut { lines.append("… \(rows.count - shown.count) more") }
        return lines
    }

    static func fit(_ text: String, _ width: Int, right: Bool = false) -> String {
        if text.count > width { return text.prefix(max(0, width - 1)) + "…" }
        let space = String(repeating: " ", count: width - text.count)
        return right ? space + text : text + space
    }
}

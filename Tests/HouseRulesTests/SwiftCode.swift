/// Swift lines with comments and the inside of string literals blanked, so that a rule about calls doesn't trip over
/// a sentence about them. Knows `//`, nested `/* */`, `"..."`, `"""..."""` and their `#` forms; interpolated code is
/// blanked with its string, which is the debt: a banned call inside an interpolation isn't seen.
struct SwiftCode {
    private enum State: Equatable {
        case code
        case comment(depth: Int)
        case string(hashes: Int, multiline: Bool)
    }

    static func lines(of file: SourceFile) -> [String] {
        var state = State.code
        return file.lines.map { line in
            let blanked = blank(Array(line), &state)
            if case .string(_, false) = state { state = .code }
            return blanked
        }
    }

    private static func blank(_ characters: [Character], _ state: inout State) -> String {
        var result = ""
        var index = 0
        func follows(_ text: String, at place: Int) -> Bool {
            let wanted = Array(text)
            return place + wanted.count <= characters.count && Array(characters[place..<place + wanted.count]) == wanted
        }
        while index < characters.count {
            switch state {
            case .code:
                if follows("//", at: index) { return result }
                if follows("/*", at: index) {
                    state = .comment(depth: 1)
                    index += 2
                    continue
                }
                let hashes = characters[index...].prefix { $0 == "#" }.count
                let quote = index + hashes
                if quote < characters.count, characters[quote] == "\"" {
                    let multiline = follows("\"\"\"", at: quote)
                    state = .string(hashes: hashes, multiline: multiline)
                    index = quote + (multiline ? 3 : 1)
                    result += "\""
                    continue
                }
                result.append(characters[index])
                index += 1
            case .comment(let depth):
                if follows("/*", at: index) {
                    state = .comment(depth: depth + 1)
                    index += 2
                } else if follows("*/", at: index) {
                    state = depth == 1 ? .code : .comment(depth: depth - 1)
                    index += 2
                } else {
                    index += 1
                }
            case .string(let hashes, let multiline):
                let end = (multiline ? "\"\"\"" : "\"") + String(repeating: "#", count: hashes)
                if hashes == 0, characters[index] == "\\" {
                    index += 2
                } else if follows(end, at: index) {
                    state = .code
                    index += end.count
                    result += "\""
                } else {
                    index += 1
                }
            }
        }
        return result
    }
}

// Lua has no modules inside Redis, so a script that shares functions names them, one a line, before its own code:
//
//     -- @include "place"
//
// The line is replaced by the text of includes/place.lua, whose own includes come first; what was included before is
// left out. The order is that of the lines, so an include sees what stands above it.

/// Puts scripts together from their text and what they include.
struct ScriptLoader: Sendable {
    /// Why a script can't be put together: a mistake in the sources, found by a test.
    enum Fault: Error, Equatable {
        case unknown(String)
        case cycle([String])
    }

    /// Text of a script or an include, by its name without `.lua`.
    let text: @Sendable (String) -> String?

    /// The whole text of the script `name`.
    func load(_ name: String) throws(Fault) -> String {
        var done: Set<String> = []
        var lines: [Substring] = []
        try append(name, to: &lines, done: &done, path: [])
        return lines.joined(separator: "\n")
    }

    private func append(
        _ name: String, to lines: inout [Substring], done: inout Set<String>, path: [String]
    ) throws(Fault) {
        guard !path.contains(name) else { throw .cycle(path + [name]) }
        guard done.insert(name).inserted else { return }
        guard let text = text(name) else { throw .unknown(name) }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let included = Self.included(by: line) {
                try append(included, to: &lines, done: &done, path: path + [name])
            } else {
                lines.append(line)
            }
        }
    }

    /// The name in an include line; nil for other lines.
    static func included(by line: Substring) -> String? {
        let opening = "-- @include \""
        guard line.hasPrefix(opening), line.hasSuffix("\""), line.count > opening.count + 1 else { return nil }
        return String(line.dropFirst(opening.count).dropLast())
    }
}

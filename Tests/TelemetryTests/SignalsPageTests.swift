// Goal: the operator's table of metrics is the list in the code. Method: the page's rows against FleetMetric.
import Glibc
import Telemetry
import Testing

@Suite("Signals page")
struct SignalsPageTests {
    @Test("the table of metrics is the list of the code")
    func table() throws {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        let path = parts.joined(separator: "/") + "/Sources/FleetCore/Documentation.docc/Signals.md"
        let rows = try Self.lines(of: path).filter { $0.hasPrefix("| `outlook_fleet_") }
        #expect(rows == FleetMetric.allCases.map { "| `\($0.rawValue)` | \($0.help) |" })
    }

    private static func lines(of path: String) throws -> [String] {
        let file = try #require(fopen(path, "r"), "\(path) isn't there")
        defer { fclose(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { text += chunk[..<count] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

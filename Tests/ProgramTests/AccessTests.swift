// Goal: what `check` tries is what scripts do. Method: the commands in the scripts' text, compared with the probes.
import Foundation
import Testing

@testable import outlook_fleet

@Suite("Rights")
struct AccessTests {
    @Test("each command of the scripts is tried by check")
    func complete() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/FleetStore/Scripts")
        let tried = Set(AccessCheck.probes.map { $0[0] })
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "lua" {
            let text = try String(contentsOf: file, encoding: .utf8)
            found.formUnion(text.matches(of: #/redis\.p?call\('([A-Z]+)'/#).map { String($0.1) })
        }
        #expect(found.count > 30)
        #expect(found.subtracting(tried).isEmpty, "add a probe for each of these to AccessCheck")
    }
}

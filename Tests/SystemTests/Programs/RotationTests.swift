// Goal: sealing keys are rotated under running workers, and the old key may go afterwards. Method: the steps of `keys
// rotate --help`, as an operator takes them.

import Foundation
import TestSupport
import Testing

@Suite("keys rotate")
struct RotationTests {
    @Test("credentials and waiting connects are sealed anew while workers run; then the old key is needed no more")
    func rotate() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            // A connect that waits: its tokens lie in its line.
            let other = try fleet.link(try fleet.simulator.mailbox("otto@acme.example"), resource: "room-2")
            var waiting = other.payload
            waiting["not_before"] = .string(Instant.write(Date(timeIntervalSinceNow: 3600)))
            let connect = try fleet.push(waiting)
            try await eventually("the connect waits in its line") {
                try await fleet.command("status", "--json").output.contains("\"parked\":1")
            }
            let old = try String(contentsOfFile: fleet.keysFile, encoding: .utf8)
            let new = try await runProgram(Executables.fleet, ["keys", "new"]) + "\n"

            // 1 and 2: all can open it, then it seals. The worker runs on meanwhile, with the old file in its memory.
            try overwrite(fleet.keysFile, old + new)
            try await stop(fleet.workers[0])
            try overwrite(fleet.keysFile, new + old)
            try await fleet.startWorker()
            // 3.
            let rotate = try await fleet.command("keys", "rotate", "--sealing-keys-file", fleet.keysFile, "--json")
            let report = JSON(text: rotate.output) ?? .null
            #expect(rotate.code == 0, "\(rotate)")
            #expect(report["credentials"] == 1 && report["jobs"] == 1 && report["complete"] == true, "\(rotate.output)")
            let again = try await fleet.command("keys", "rotate", "--sealing-keys-file", fleet.keysFile, "--json")
            #expect(JSON(text: again.output)?["credentials"] == 0 && again.code == 0)
            try await link.sync()

            // 4: the old key goes, and both still open.
            try overwrite(fleet.keysFile, new)
            try await stop(fleet.workers[1])
            try await fleet.startWorker()
            try await link.sync()
            #expect(try await fleet.command("cancel", connect, "--tenant-id", "acme").code == 0)
            let retry = try await fleet.command("dead", "retry", connect, "--tenant-id", "acme")
            #expect(try await fleet.result(of: retry.lines.last ?? "").type == "connect.succeeded")
        }
    }

    @Test("a key that the file lacks is missed, and nothing is lost")
    func missing() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let file = fleet.directory.file("other.keys")
            try overwrite(file, try await runProgram(Executables.fleet, ["keys", "new"]) + "\n")
            let rotate = try await fleet.command("keys", "rotate", "--sealing-keys-file", file)
            #expect(rotate.code == 78 && rotate.error.contains("put its line back"), "\(rotate)")
            try await link.sync()
        }
    }

    private func stop(_ worker: Worker) async throws {
        worker.signal(SIGTERM)
        #expect(try await worker.waitForExit() == .code(0))
    }

    private func overwrite(_ path: String, _ text: String) throws {
        try? FileManager.default.removeItem(atPath: path)
        try writeFile(path, text)
    }
}

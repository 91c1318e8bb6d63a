// A consumer of results in Swift, as a member of a consumer group: no library but Foundation.
//
//     swiftc -o consume scripts/examples/ConsumeResults.swift
//     outlook-fleet results --group billing --consumer host-1 --follow | ./consume
//
// `outlook-fleet results --group` reads, takes over what dead consumers left, acknowledges, and comes back after an
// outage of Redis; one JSON object a line. Its output is at least once: of entries with the same tenant and job the one
// with the highest fence counts. What was dealt with is kept here in memory; a real consumer keeps it beside its own
// data, in the same transaction.

import Foundation

struct Result: Decodable {
    struct Failure: Decodable {
        let code: String
        let message: String
    }

    let type: String
    let tenant_id: String?
    let job_id: String
    let fence: Int?
    let error: Failure?
}

var fences: [String: Int] = [:]

while let line = readLine() {
    guard let result = try? JSONDecoder().decode(Result.self, from: Data(line.utf8)) else {
        FileHandle.standardError.write(Data("not a result: \(line)\n".utf8))
        continue
    }
    let name = "\(result.tenant_id ?? "-")/\(result.job_id)"
    let fence = result.fence ?? 0
    // Seen already, or an older attempt's.
    if let known = fences[name], known >= fence { continue }
    fences[name] = fence
    print(name, result.type, result.error?.code ?? "")
}

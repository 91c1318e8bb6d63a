// A producer and a consumer in Swift, over the gateway: no library but Foundation.
//
//     swiftc -o example scripts/examples/Gateway.swift && ./example RESOURCE
//
// GATEWAY (http://127.0.0.1:8080) and KEY (a tenant key) say where and whose.

import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

let environment = ProcessInfo.processInfo.environment
let base = environment["GATEWAY"] ?? "http://127.0.0.1:8080"
let key = environment["KEY"] ?? ""
let resource = CommandLine.arguments.dropFirst().first ?? "room-1"

func call(_ method: String, _ path: String, id: String? = nil) async throws -> (Int, String) {
    var request = URLRequest(url: URL(string: base + path)!)
    request.httpMethod = method
    request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
    // The job's id: the call may be repeated, at any gateway, and the job runs once.
    if let id { request.setValue(id, forHTTPHeaderField: "Idempotency-Key") }
    let (data, response) = try await URLSession.shared.data(for: request)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
}

// Produce: a sync. 200 is its result, 202 means it takes longer.
let id = UUID().uuidString
var (status, text) = try await call("POST", "/calendars/outlook/primary/sync?resource_id=\(resource)", id: id)
while status == 202 {
    try await Task.sleep(for: .seconds(1))
    (status, text) = try await call("GET", "/jobs/\(id)")
}
print(status, text)

// Consume: what blocks the resource.
print(try await call("GET", "/calendars/outlook/primary/availability?resource_id=\(resource)").1)

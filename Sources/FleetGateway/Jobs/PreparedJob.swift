import FleetCore
import FleetStore
import Foundation

/// A payload that a worker will take: checked as the worker checks it, its tokens sealed.
struct PreparedJob: Sendable {
    let kind: JobKind
    let tenant: TenantID
    let id: JobID
    let pushed: JobDirectory.Pushed

    /// From a call's body and what its path and headers say.
    ///
    /// - Parameters:
    ///   - body: the members of the job that the caller wrote; it may not name itself, its kind, or another tenant.
    ///   - members: what path and query say, ahead of the body's.
    ///   - now: by the fleet's clock; from then on counts how long tokens live (`expires_in`).
    /// - Throws: ``Problem`` 400 or 413 with the field and its rule.
    init(
        _ kind: JobKind, tenant: TenantID, id: JobID, body: JSONObject?, members: [(StaticString, String)],
        traceparent: String?, sealer: Sealer, now: Date
    ) throws(Problem) {
        try Self.checkNames(kind, tenant, body, members)
        let written = Self.ours.union(members.map { "\($0.0)" })
        func write(_ sealedTokens: String?) -> [UInt8] {
            var writer = JSONWriter(capacity: 1024)
            writer.beginObject()
            writer.member("kind", kind.rawValue)
            writer.member("tenant_id", tenant.rawValue)
            writer.member("id", id.rawValue)
            for (name, value) in members { writer.member(name, value) }
            for member in body?.members ?? [] where !written.contains(member.key) {
                writer.key(member.key)
                if member.key == "oauth_token", let sealedTokens {
                    writer.beginObject()
                    writer.member("sealed", sealedTokens)
                    writer.endObject()
                } else {
                    writer.value(member.value)
                }
            }
            if body?["traceparent"] == nil { writer.optional("traceparent", traceparent) }
            writer.endObject()
            return writer.bytes
        }
        let plain = write(nil)
        let job: Job
        switch JobDecoder().decode(plain, list: nil, now: now) {
        case .success(let accepted): job = accepted.job
        case .failure(let rejection): throw Problem(rejection.error, job: nil)
        }
        var payload = plain
        if case .connect(let request) = job.request, case .tokens(let tokens) = request.authorization {
            let connection = ConnectionID(tenant: tenant, resource: request.resource)
            payload = write(sealer.seal(tokens.encoded(), .job, id: connection.description))
        }
        self.kind = kind
        self.tenant = tenant
        self.id = id
        pushed = JobDirectory.Pushed(
            payload: payload, tenant: tenant, id: id, print: CallPrint.of(kind, members, body),
            notBefore: job.notBefore)
    }

    /// Written by us.
    private static let ours: Set<String> = ["kind", "tenant_id", "id"]

    private static func checkNames(
        _ kind: JobKind, _ tenant: TenantID, _ body: JSONObject?, _ members: [(StaticString, String)]
    ) throws(Problem) {
        guard let body else { return }
        if let named = body["tenant_id"], named != .string(tenant.rawValue) {
            throw Problem(403, .accessDenied, "tenant_id: the key is another tenant's; leave the field out")
        }
        if let named = body["kind"], named != .string(kind.rawValue) {
            throw .invalid("kind: this call makes a \(kind.rawValue) job; leave the field out")
        }
        if body["id"] != nil { throw .invalid("id: give it as the Idempotency-Key header") }
        for (name, value) in members {
            if let named = body["\(name)"], named != .string(value) {
                throw .invalid("\(name): is another one in the path or query")
            }
        }
    }
}

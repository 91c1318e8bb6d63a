import FleetCore
import HTTPTypes
import Hummingbird

// Every answer is made here, so that none lacks the headers that all must have.

extension HTTPField.Name {
    static let requestID = known("X-Request-Id")
    static let idempotencyKey = known("Idempotency-Key")
    static let prefer = known("Prefer")
    static let preferenceApplied = known("Preference-Applied")
    static let traceparent = known("traceparent")
    static let contentTypeOptions = known("X-Content-Type-Options")
    static let contentSecurityPolicy = known("Content-Security-Policy")
    static let referrerPolicy = known("Referrer-Policy")
    static let secFetchSite = known("Sec-Fetch-Site")
    static let forwardedFor = known("X-Forwarded-For")
    static let frameOptions = known("X-Frame-Options")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header name") }
        return name
    }
}

extension Response {
    init(_ status: Int, type: String?, bytes: [UInt8], headers: [(name: String, value: String)] = []) {
        var fields: HTTPFields = [.cacheControl: "no-store", .contentTypeOptions: "nosniff"]
        if let type { fields[.contentType] = type }
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields[name] = value
        }
        self.init(
            status: HTTPResponse.Status(code: status, reasonPhrase: Problem.title(status)), headers: fields,
            body: bytes.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func json(_ status: Int, _ writer: JSONWriter, headers: [(name: String, value: String)] = []) -> Response {
        Response(status, type: "application/json", bytes: writer.bytes, headers: headers)
    }

    static func empty(_ status: Int, headers: [(name: String, value: String)] = []) -> Response {
        Response(status, type: nil, bytes: [], headers: headers)
    }

    static func text(_ status: Int, _ text: String) -> Response {
        Response(status, type: "text/plain; charset=utf-8", bytes: Array(text.utf8))
    }

    /// A page of ours: nothing from outside, no frame around it, forms go back to us only.
    static func page(_ status: Int, _ html: HTML, headers: [(name: String, value: String)] = []) -> Response {
        var response = Response(
            status, type: "text/html; charset=utf-8", bytes: Array(html.text.utf8), headers: headers)
        response.headers[.contentSecurityPolicy] = Page.policy
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.frameOptions] = "DENY"
        return response
    }

    init(_ problem: Problem, requestID: String) {
        self.init(
            problem.status, type: "application/problem+json", bytes: problem.json(requestID: requestID),
            headers: problem.headers)
    }
}

extension Problem {
    /// The body of its answer (RFC 9457).
    func json(requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "about:blank")
        writer.member("title", Problem.title(status))
        writer.member("status", status)
        writer.member("code", code)
        writer.member("detail", detail)
        writer.optional("job_id", job?.rawValue)
        if let graph {
            writer.key("graph")
            writer.beginObject()
            writer.member("status", graph.status)
            writer.optional("code", graph.code)
            writer.optional("request_id", graph.requestID)
            writer.endObject()
        }
        writer.member("request_id", requestID)
        writer.endObject()
        return writer.bytes
    }
}

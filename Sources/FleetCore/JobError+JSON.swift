extension JobError {
    /// The error as a result carries it: `{"code","message","retryable","graph":{"status","code","request_id"}}`.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("code", code.rawValue)
        writer.member("message", message)
        writer.member("retryable", retryable)
        if let graph {
            writer.key("graph")
            writer.beginObject()
            writer.member("status", graph.status)
            writer.optional("code", graph.code)
            writer.optional("request_id", graph.requestID)
            writer.endObject()
        }
        writer.endObject()
    }

    /// The error as JSON text.
    package func json() -> String {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }

    /// Reads what `write` wrote. An unknown code reads as `internal`; nil without code or message.
    package init?(_ object: JSONObject) {
        guard let code = object["code"]?.stringValue, let message = object["message"]?.stringValue else { return nil }
        var answer: GraphAnswer?
        if let graph = object["graph"]?.objectValue, let status = graph["status"]?.integerValue {
            answer = GraphAnswer(
                status: status, code: graph["code"]?.stringValue, requestID: graph["request_id"]?.stringValue)
        }
        self.init(
            ErrorCode(rawValue: code) ?? .internal, message, retryable: object["retryable"]?.boolValue ?? false,
            graph: answer)
    }
}

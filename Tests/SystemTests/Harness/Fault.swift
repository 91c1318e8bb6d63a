/// A fault that the simulator injects into requests whose path contains a text.
struct Fault: Sendable {
    var path: String
    var method: String?
    var status: Int?
    var code: String?
    /// So many matching requests pass first.
    var skip = 0
    /// So many requests are hit; nil is all from then on.
    var times: Int?
    var headers: [String: String] = [:]
    /// The answer comes so late.
    var delayMilliseconds: Int?

    init(
        path: String, method: String? = nil, status: Int? = nil, code: String? = nil, delayMilliseconds: Int? = nil,
        skip: Int = 0, times: Int? = nil, headers: [String: String] = [:]
    ) {
        self.path = path
        self.method = method
        self.status = status
        self.code = code
        self.skip = skip
        self.times = times
        self.headers = headers
        self.delayMilliseconds = delayMilliseconds
    }
}

import Telemetry

/// What a connection says before anyone may use it, and what it makes of the answers.
enum GreetingStep {
    case authenticate(user: String?, password: String)
    case select(Int)
    case name(String)
    case id
    case ping

    /// PING last: its answer opens the connection.
    static func steps(for configuration: RedisConfiguration) -> [GreetingStep] {
        var steps: [GreetingStep] = []
        if let password = configuration.url.password {
            steps.append(.authenticate(user: configuration.url.user, password: password.exposed))
        }
        if configuration.url.database != 0 { steps.append(.select(configuration.url.database)) }
        return steps + [.name(configuration.clientName), .id, .ping]
    }

    var isLast: Bool {
        if case .ping = self { true } else { false }
    }

    var command: RedisCommand {
        switch self {
        case .authenticate(let user?, let password): ["AUTH", .string(user), .string(password)]
        case .authenticate(nil, let password): ["AUTH", .string(password)]
        case .select(let database): ["SELECT", .integer(database)]
        case .name(let name): ["CLIENT", "SETNAME", .string(name)]
        case .id: ["CLIENT", "ID"]
        case .ping: ["PING"]
        }
    }

    /// - Throws: what makes the connection unusable. Being forbidden to name itself or to ping does not.
    func check(_ reply: RedisReply, on connection: RedisConnection) throws(RedisError) {
        if case .error(let error) = reply {
            connection.greetingError = error
            switch self {
            case .authenticate:
                // Also "ERR Client sent AUTH, but no password is set", "ERR AUTH <password> called without any
                // password".
                throw error.kind == .reply ? RedisError(reply: "WRONGPASS \(error.detail)") : error
            case .select:
                throw RedisError(.configuration, "Redis has no database \(connection.configuration.url.database)")
            case .name, .id:
                if error.kind == .authentication { throw error }
            case .ping:
                if error.kind != .noPermission { throw error }
            }
        } else if case .id = self {
            connection.clientID = reply.int
        }
    }
}

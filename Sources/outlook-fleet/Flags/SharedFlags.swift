import ArgumentParser
import Redis

/// Of every command. Those that talk to no Redis take them too, so that a script can add them to each.
struct SharedFlags: ParsableArguments {
    enum Spec {
        static let redis = FlagSpec<RedisURL>(
            name: "redis", fallback: try? RedisURL("redis://127.0.0.1:6379/0"), shown: "redis://127.0.0.1:6379/0",
            rule: "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS, or unix:///PATH",
            about: "Redis. With TLS, ?cacert=FILE names the authority, &cert=FILE&key=FILE our certificate."
        ) { (text: String) -> Result<RedisURL, FlagFault> in
            do throws(RedisError) {
                return .success(try RedisURL(text))
            } catch {
                return .failure(FlagFault(reason: error.description))
            }
        }
        static let passwordFile = FlagSpec<String>.text(
            "redis-password-file", "File that holds the password of --redis's user, so that it stands in no URL.")
        static let namespace = FlagSpec<String>.text(
            "namespace", default: "outlook", rule: "1 to 64 of A-Z a-z 0-9 . _ : { } -",
            "What every key begins with; on Redis Cluster with a hash tag, {outlook}."
        ) { text in
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(NameRules.isNamespace)
        }
    }

    @Option(Spec.redis) var redis: String?
    @Option(Spec.passwordFile) var redisPasswordFile: String?
    @Option(Spec.namespace) var namespace: String?

    struct Values: Sendable {
        var redis: RedisURL
        var namespace: String
    }

    func read(_ reader: inout SettingsReader) -> Values {
        var url = reader.value(Spec.redis, redis)
        let passwordFile = reader.optional(Spec.passwordFile, redisPasswordFile)
        if let passwordFile {
            if url.password != nil { reader.reject("--redis holds a password beside --redis-password-file") }
            do throws(ProgramError) {
                url.password = try ClientSecret.read(passwordFile, what: "the password of Redis")
            } catch {
                reader.fault(error.message)
            }
        } else if url.user != nil, url.password == nil {
            reader.reject("--redis names a user without a password: --redis-password-file")
        }
        return Values(redis: url, namespace: reader.value(Spec.namespace, namespace))
    }

    /// For a command without Redis: what was given must make sense, and nothing is read.
    func check() throws {
        var reader = SettingsReader()
        if let redis { _ = reader.value(Spec.redis, redis) }
        if let namespace { _ = reader.value(Spec.namespace, namespace) }
        try reader.finish()
    }
}

/// Characters of the contract's names.
enum NameRules {
    static func isNamespace(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || [46, 95, 58, 123, 125, 45].contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}

/// Of every command that can print JSON.
struct JSONFlag: ParsableArguments {
    enum Spec {
        static let json = FlagSpec<Bool>.toggle("json", "Print JSON instead of a table.")
    }

    @Flag(Spec.json) var json = false

    func read(_ reader: inout SettingsReader) -> Bool { reader.isOn(Spec.json, json) }
}

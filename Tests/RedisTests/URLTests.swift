import Redis
import Telemetry
import Testing

@Suite("Redis URLs")
struct URLTests {
    @Test("host, port, database and login are read, with their defaults")
    func tcp() throws {
        let plain = try RedisURL("redis://127.0.0.1")
        #expect(plain.endpoint == .tcp(host: "127.0.0.1", port: 6379))
        #expect(plain.database == 0 && !plain.usesTLS && plain.user == nil && plain.password == nil)
        let full = try RedisURL("REDISS://worker:p%40ss%2Fword@redis.example:7000/5")
        #expect(full.endpoint == .tcp(host: "redis.example", port: 7000))
        #expect(full.usesTLS && full.database == 5 && full.user == "worker")
        #expect(full.password == Secret("p@ss/word"))
        #expect(try RedisURL("redis://[::1]:7000").endpoint == .tcp(host: "::1", port: 7000))
        #expect(try RedisURL("redis://h?db=3").database == 3)
        #expect(try RedisURL("redis://h/").database == 0)
    }

    @Test("a login without a user is the password, in both spellings")
    func passwordOnly() throws {
        for text in ["redis://:hush@h", "redis://hush@h"] {
            let url = try RedisURL(text)
            #expect(url.user == nil && url.password == Secret("hush"))
        }
        #expect(try RedisURL("redis://:@h").password == nil)
    }

    @Test("unix sockets have a path, and the database in the query")
    func unix() throws {
        let url = try RedisURL("unix:///run/redis%20a/redis.sock?db=2")
        #expect(url.endpoint == .unix(path: "/run/redis a/redis.sock") && url.database == 2)
        let login = try RedisURL("unix://me:hush@/run/redis.sock")
        #expect(login.endpoint == .unix(path: "/run/redis.sock") && login.user == "me")
    }

    @Test("TLS files come from the query")
    func files() throws {
        let url = try RedisURL("rediss://h?cacert=/a/ca.crt&cert=/a/c.crt&key=/a/c.key")
        #expect(url.authorityFile == "/a/ca.crt" && url.certificateFile == "/a/c.crt" && url.keyFile == "/a/c.key")
    }

    @Test("a user without a password is left to the caller, who may have it from a file")
    func userAlone() throws {
        let url = try RedisURL("redis://worker:@h")
        #expect(url.user == "worker" && url.password == nil)
    }

    @Test(
        "what is no usable URL is refused, in one line that quotes nothing of it",
        arguments: [
            "", "hush", "127.0.0.1:6379", "http://hush@h", "redis://", "redis://:hush@", "redis://hush@:6379",
            "redis://hush@h:0", "redis://hush@h:65536", "redis://hush@h:6a", "redis://hush@h/x", "redis://hush@h/-1",
            "redis://hush@h/99999999", "redis://hush@h?db=", "redis://hush@h?db", "redis://hush@h?nosuch=1",
            "redis://hush%zz@h", "redis://hush%@h", "redis://hush%ff@h", "redis://hush%00@h", "redis://hush@h#x",
            "redis://hush@h h", "redis://hush@h?cacert=/x", "rediss://hush@h?cert=/x",
            "unix://", "unix:///", "unix://hush@", "unix://run/hush", "unix://hush@run/x",
            "unix:///" + String(repeating: "a", count: 200),
        ])
    func refused(_ text: String) {
        let error = #expect(throws: RedisError.self) { try RedisURL(text) }
        #expect(error?.kind == .configuration)
        #expect(error.map { "\($0) \(String(reflecting: $0))".contains("hush") } == false)
    }

    @Test("its description shows where, never the login")
    func description() throws {
        for text in ["redis://me:hush@h:1/2", "rediss://hush@h", "unix://me:hush@/run/x"] {
            let url = try RedisURL(text)
            let shown = "\(url) \(String(reflecting: url)) \(RedisConfiguration(url: url))"
            #expect(!shown.contains("hush"))
        }
        #expect("\(try RedisURL("redis://me:hush@h:1/2"))" == "redis://h:1/2")
        #expect("\(try RedisURL("rediss://[::1]"))" == "rediss://[::1]:6379/0")
    }
}

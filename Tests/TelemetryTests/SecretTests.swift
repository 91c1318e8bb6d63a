import Logging
import Telemetry
import Testing

@Suite("Secret")
struct SecretTests {
    private struct Holder {
        var name = "acme"
        var token = Secret("eyJhbGciOi")
    }

    @Test("a secret shows in no way of printing")
    func shows() {
        let holder = Holder()
        var dumped = ""
        dump(holder, to: &dumped)
        let texts = [
            "\(holder.token)", String(describing: holder), String(reflecting: holder), String(reflecting: holder.token),
            dumped, "\([holder.token])",
        ]
        for text in texts { #expect(!text.contains("eyJ"), "\(text)") }
        #expect("\(holder.token)" == "***")
        #expect(holder.token.exposed == "eyJhbGciOi")
    }

    @Test(
        "secrets are equal when their texts are", arguments: [("a", "a", true), ("a", "b", false), ("a", "ab", false)])
    func equality(left: String, right: String, equal: Bool) {
        #expect((Secret(left) == Secret(right)) == equal)
    }
}

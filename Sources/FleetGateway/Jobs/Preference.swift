import HTTPTypes
import Hummingbird

/// How long a call waits for its job: `Prefer: wait=N`, `respond-async`, or both (RFC 7240, sections 4.1 and 4.3).
struct Preference: Equatable {
    /// At most what was asked for, and at most what we allow.
    let wait: Duration
    /// For `Preference-Applied`: what was heeded, with the wait that it came to.
    let applied: String

    /// nil if there is none that we understand: it is ignored then, says the RFC. `respond-async` alone means no wait;
    /// beside a wait it is what happens anyway once that is over. Of two waits the first counts.
    init?(_ headers: HTTPFields, longest: Duration) {
        var seconds: Int?
        var isAsync = false
        for header in headers[values: .prefer] {
            for part in header.split(separator: ",") {
                let preference = part.split(separator: ";").first ?? ""
                let words = preference.split(separator: "=", maxSplits: 1)
                switch words.first.map({ Self.trimmed($0).lowercased() }) {
                case "respond-async": isAsync = true
                case "wait" where words.count == 2 && seconds == nil: seconds = Self.seconds(Self.trimmed(words[1]))
                default: continue
                }
            }
        }
        guard seconds != nil || isAsync else { return nil }
        let limited = min(.seconds(seconds ?? 0), longest)
        let waited = seconds == nil ? nil : "wait=\(Int(limited / .seconds(1)))"
        wait = limited
        applied = [isAsync ? "respond-async" : nil, waited].compactMap(\.self).joined(separator: ", ")
    }

    private static func seconds(_ text: String) -> Int? {
        let digits = text.replacing("\"", with: "")
        guard (1...6).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(digits)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}

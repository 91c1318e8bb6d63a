import HTTPTypes
import Hummingbird

/// How long a call waits for its job: `Prefer: wait=N` (RFC 7240).
enum Preference {
    /// The preference, at most `longest`; nil if there is none that we understand (it is ignored then, says the RFC).
    /// `respond-async` means no wait at all.
    static func wait(_ headers: HTTPFields, longest: Duration) -> Duration? {
        for header in headers[values: .prefer] {
            for part in header.split(separator: ",") {
                let preference = part.split(separator: ";").first ?? ""
                let words = preference.split(separator: "=", maxSplits: 1)
                let name = words.first.map { trimmed($0).lowercased() }
                if name == "respond-async" { return .zero }
                guard name == "wait", words.count == 2 else { continue }
                let digits = trimmed(words[1]).replacing("\"", with: "")
                if digits.utf8.count <= 6, let seconds = Int(digits), seconds >= 0 {
                    return min(.seconds(seconds), longest)
                }
            }
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

import Foundation
import Telemetry

/// Secrets that files hold: the app's client secret, the password of Redis.
enum ClientSecret {
    /// The file's text without the newline at its end.
    /// - Parameter what: what it should be, for the message where the file is empty.
    static func read(_ path: String, what: String = "the client secret") throws(ProgramError) -> Secret {
        let text = try PrivateFile.text(path).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else {
            throw ProgramError(.configuration, "\(path): is empty, it should hold \(what)")
        }
        return Secret(text)
    }
}

import Foundation
import Telemetry

/// The app's client secret.
enum ClientSecret {
    /// The file's text without the newline at its end.
    static func read(_ path: String) throws(ProgramError) -> Secret {
        let text = try PrivateFile.text(path).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else {
            throw ProgramError(.configuration, "\(path): is empty, it should hold the client secret")
        }
        return Secret(text)
    }
}

import ArgumentParser
import FleetCore
import Foundation

/// `enqueue connect`
struct EnqueueConnect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Connect a resource to an Outlook calendar.",
        discussion: """
            The token comes from a file, or on standard input as part of a payload (`-`): what stands on a command \
            line can be read by everybody on the machine.
            """)
    enum Spec {
        static let mailbox = FlagSpec<String>.text(
            "mailbox", "User id or address of a shared, room or delegated mailbox; needed with --app-only.")
        static let tokenFile = FlagSpec<String>.text(
            "oauth-token-file", "File with the access token, or with the token endpoint's JSON answer.")
        static let token = FlagSpec<String>.text(
            "oauth-token", "The access token itself; better OUTLOOK_FLEET_OAUTH_TOKEN.")
        static let appOnly = FlagSpec<String>.text(
            "app-only", "Entra tenant id: client credentials instead of a user's token.")
        static let direction = FlagSpec<ConnectionSettings.Direction>.choice("direction", nil, "What flows where.")
        static let frequency = FlagSpec<String>.text("frequency", "realtime, manual, or a period like PT5M.")
        static let windowPast = FlagSpec<String>.text("window-past", "How far back the mirror reaches, like P30D.")
        static let windowFuture = FlagSpec<String>.text(
            "window-future", "How far ahead the mirror reaches, like P365D.")
        static let tentativeBlocks = FlagSpec<Bool>.truth("tentative-blocks", "Whether tentative events block.")
        static let privateTitles = FlagSpec<Bool>.truth("private-titles", "Whether titles of private events show.")
        static let bufferBefore = FlagSpec<String>.text("buffer-before", "Free time kept before a booking, like PT10M.")
        static let bufferAfter = FlagSpec<String>.text("buffer-after", "Free time kept after a booking.")
    }

    @OptionGroup var job: JobFlags
    @Option(ConnectionFlag.resource) var resourceID: String?
    @Option(ConnectionFlag.calendar) var calendarID: String?
    @Option(Spec.mailbox) var mailbox: String?
    @Option(Spec.tokenFile) var oauthTokenFile: String?
    @Option(Spec.token) var oauthToken: String?
    @Option(Spec.appOnly) var appOnly: String?
    @Option(Spec.direction) var direction: String?
    @Option(Spec.frequency) var frequency: String?
    @Option(Spec.windowPast) var windowPast: String?
    @Option(Spec.windowFuture) var windowFuture: String?
    @Option(Spec.tentativeBlocks) var tentativeBlocks: String?
    @Option(Spec.privateTitles) var privateTitles: String?
    @Option(Spec.bufferBefore) var bufferBefore: String?
    @Option(Spec.bufferAfter) var bufferAfter: String?
    @OptionGroup var push: PushFlags

    func run() async throws {
        var reader = SettingsReader()
        let push = push.read(&reader)
        guard !push.readsInput else {
            let texts = [
                resourceID, calendarID, mailbox, oauthTokenFile, oauthToken, appOnly, direction, frequency, windowPast,
                windowFuture, tentativeBlocks, privateTitles, bufferBefore, bufferAfter,
            ]
            let isGiven = job.isGiven || texts.contains { $0 != nil }
            return try await Enqueuing.pushInput(push, kind: .connect, flagsGiven: isGiven, reader)
        }
        let request = ConnectRequest(
            resource: ResourceID(reader.required(ConnectionFlag.resource, resourceID, placeholder: "")),
            calendar: reader.optional(ConnectionFlag.calendar, calendarID).map { CalendarID($0) } ?? .primary,
            mailbox: reader.optional(Spec.mailbox, mailbox).map { MailboxID($0) },
            authorization: try authorization(&reader), settings: settings(&reader))
        try await Enqueuing.push(job.job(.connect(request), &reader), push, reader)
    }

    private func authorization(_ reader: inout SettingsReader) throws -> ConnectRequest.Authorization {
        let directory = reader.optional(Spec.appOnly, appOnly)
        let file = reader.optional(Spec.tokenFile, oauthTokenFile)
        let token = reader.optional(Spec.token, oauthToken)
        switch (directory, file, token) {
        case (let directory?, nil, nil): return .appOnly(directory: directory)
        case (nil, let file?, nil): return .tokens(try TokenFile.read(file, now: Date()))
        case (nil, nil, let token?): return .tokens(OAuthTokens(accessToken: token))
        case (nil, nil, nil): reader.reject("--oauth-token-file is missing (or --app-only)")
        default: reader.reject("only one of --oauth-token-file, --oauth-token and --app-only can be given")
        }
        return .appOnly(directory: "")
    }

    private func settings(_ reader: inout SettingsReader) -> ConnectionSettings {
        var settings = ConnectionSettings()
        func seconds(_ flag: FlagSpec<String>, _ given: String?, _ change: (Int) -> Void) {
            guard let text = reader.optional(flag, given) else { return }
            guard let seconds = ISODuration.seconds(text) else {
                return reader.reject("--\(flag.name) '\(text)': must be a duration like P30D or PT10M")
            }
            change(seconds)
        }
        seconds(Spec.windowPast, windowPast) { settings.windowPastSeconds = $0 }
        seconds(Spec.windowFuture, windowFuture) { settings.windowFutureSeconds = $0 }
        seconds(Spec.bufferBefore, bufferBefore) { settings.bufferBeforeSeconds = $0 }
        seconds(Spec.bufferAfter, bufferAfter) { settings.bufferAfterSeconds = $0 }
        settings.direction = reader.optional(Spec.direction, direction) ?? settings.direction
        settings.tentativeBlocks = reader.optional(Spec.tentativeBlocks, tentativeBlocks) ?? settings.tentativeBlocks
        settings.privateTitles = reader.optional(Spec.privateTitles, privateTitles) ?? settings.privateTitles
        switch reader.optional(Spec.frequency, frequency) {
        case nil: break
        case "realtime": settings.frequency = .realtime
        case "manual": settings.frequency = .manual
        case let text?:
            if let seconds = ISODuration.seconds(text) {
                settings.frequency = .every(seconds: seconds)
            } else {
                reader.reject("--frequency '\(text)': must be realtime, manual or a duration like PT5M")
            }
        }
        return settings
    }
}

/// Tokens in a file: the bare access token, or what the token endpoint answered.
enum TokenFile {
    static func read(_ path: String, now: Date) throws(ProgramError) -> OAuthTokens {
        let text = try PrivateFile.text(path).trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("{") else { return OAuthTokens(accessToken: text) }
        guard let object = (try? StrictJSON.parse(text))?.objectValue,
            let access = object["access_token"]?.stringValue
        else { throw ProgramError(.configuration, "\(path): no JSON object with access_token") }
        let expiry =
            object["expires_at"]?.stringValue.flatMap(RFC3339.date)
            ?? object["expires_in"]?.integerValue.map { now.addingTimeInterval(Double($0)) }
        return OAuthTokens(
            accessToken: access, refreshToken: object["refresh_token"]?.stringValue, expiresAt: expiry)
    }
}

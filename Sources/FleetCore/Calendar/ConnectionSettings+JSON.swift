extension ConnectionSettings {
    /// Writes the settings as a payload has them; every member, defaults too.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("direction", direction.rawValue)
        writer.member("frequency", frequency.description)
        writer.key("window")
        writer.beginObject()
        writer.member("past", ISODuration.string(seconds: windowPastSeconds))
        writer.member("future", ISODuration.string(seconds: windowFutureSeconds))
        writer.endObject()
        writer.member("tentative_blocks", tentativeBlocks)
        writer.member("private_titles", privateTitles)
        writer.member("buffer_before", ISODuration.string(seconds: bufferBeforeSeconds))
        writer.member("buffer_after", ISODuration.string(seconds: bufferAfterSeconds))
        writer.endObject()
    }

    /// Reads what `write` wrote; nil if a member breaks a rule of the contract.
    package init?(_ object: JSONObject) {
        var notes = DecodingNotes()
        guard let settings = try? ConnectionSettings(Fields(object: object, path: "settings"), &notes) else {
            return nil
        }
        self = settings
    }
}

extension ConnectionSettings.Frequency: CustomStringConvertible {
    /// `realtime`, `manual` or an ISO 8601 duration.
    package var description: String {
        switch self {
        case .realtime: "realtime"
        case .manual: "manual"
        case .every(let seconds): ISODuration.string(seconds: seconds)
        }
    }
}

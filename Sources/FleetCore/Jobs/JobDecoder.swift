package import Foundation

// From a producer's bytes to a checked job, or to a rejection that says what is wrong. The strict scanner reads the
// text, then every field is held against the contract's rules (sections 1 and 3); the first fault ends it. What doesn't
// fail a job (unknown fields, a malformed traceparent) becomes a warning.
//
// A new field also touches: `JobEncoder`, the `known` list of its object, the JSON Schema.

/// Turns payloads into jobs. Costs about 2 us for a short one; no I/O.
package struct JobDecoder: Sendable {
    /// What a payload may be at most.
    package struct Limits: Sendable {
        /// `--max-payload`; 1 MiB.
        package var maximumBytes = 1 << 20
        /// Open objects and arrays at once; 64.
        package var maximumDepth = 64
        /// Bookings of one sync; 500.
        package var maximumBookings = 500
        /// Attendees of one booking; 500, Graph's own limit.
        package var maximumAttendees = 500

        /// The contract's limits.
        package init() {}
    }

    /// Opens tokens that the gateway sealed before it pushed them; nil when they are no sealed tokens of this
    /// connection, or their key is unknown.
    package typealias Unseal = @Sendable (_ sealed: String, _ connection: ConnectionID) -> OAuthTokens?

    /// The highest version that a payload's `v` may name. Payloads of today name none. A release that gives a payload
    /// another sense raises it, and its writers name it: so a worker of before leaves what it would misread. Larger
    /// numbers than 999 aren't versions, but fields that we don't know.
    package static let currentVersion = 1

    /// What is allowed at most.
    package var limits: Limits
    /// The highest version that is understood; ``currentVersion``.
    package var version = JobDecoder.currentVersion
    /// With it, `oauth_token` may be `{"sealed": text}`; nil: that is no token, as in what strangers write.
    package var unseal: Unseal?

    /// A decoder with the contract's limits unless others are given.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Checks a payload as it came from a list. `list` is the kind that the list implies, nil for the general list;
    /// `now` is what `expires_in` counts from.
    package func decode(
        _ payload: UnsafeRawBufferPointer, list: JobKind?, now: Date
    ) -> Result<AcceptedJob, JobRejection> {
        decode(payload, list: list, tokens: .inPayload(now: now, unseal: unseal))
    }

    /// The same, from an array.
    package func decode(_ payload: [UInt8], list: JobKind?, now: Date) -> Result<AcceptedJob, JobRejection> {
        payload.withUnsafeBytes { decode($0, list: list, now: now) }
    }

    /// Reads a payload in the form in which it rests in Redis (``AcceptedJob/stored``). A connect made with a user's
    /// tokens needs them from their sealed form. Gives the same job and warnings as at intake.
    package func decodeStored(
        _ payload: [UInt8], list: JobKind?, tokens: OAuthTokens? = nil
    ) -> Result<Job, JobRejection> {
        payload.withUnsafeBytes { decode($0, list: list, tokens: .sealed(tokens)).map(\.job) }
    }

    /// Where a connect's tokens are.
    enum TokenPlace {
        case inPayload(now: Date, unseal: Unseal?)
        case sealed(OAuthTokens?)
    }

    private func decode(
        _ payload: UnsafeRawBufferPointer, list: JobKind?, tokens: TokenPlace
    ) -> Result<AcceptedJob, JobRejection> {
        guard payload.count <= limits.maximumBytes else { return .failure(tooLarge(payload, payload.count, list)) }
        let (result, outermost) = StrictJSON.scan(payload, maximumDepth: limits.maximumDepth)
        let object: JSONObject
        switch result {
        case .failure(let error):
            return .failure(
                JobRejection(
                    JobError(.invalidJob, "not valid JSON: \(error.description)"), payload: payload, list: list,
                    readable: outermost,
                    ambiguous: error.duplicate))
        case .success(.object(let value)): object = value
        case .success(let value):
            let error = JobError(.invalidJob, "the payload must be a JSON object, not \(value.kindName)")
            return .failure(JobRejection(error, payload: payload, list: list, readable: []))
        }
        let named = object["v"]?.integerValue.flatMap { (1...999).contains($0) ? $0 : nil }
        if let named, named > version {
            let error = JobError(.invalidJob, "v: is \(named), and only versions up to \(version) are understood here")
            var rejection = JobRejection(error, payload: payload, list: list, readable: object.members)
            rejection.newerVersion = named
            return .failure(rejection)
        }
        var reading = JobReading(
            fields: Fields(object: object, path: ""), namesVersion: named != nil, limits: limits, tokens: tokens,
            notes: DecodingNotes())
        do throws(FieldFault) {
            let job = try reading.job(list: list)
            let stored = StoredPayload(payload, object, job: job, secrets: reading.notes.secrets)
            return .success(AcceptedJob(job: job, stored: stored))
        } catch {
            return .failure(
                JobRejection(
                    JobError(.invalidJob, error.message), payload: payload, list: list, readable: object.members))
        }
    }

    /// What becomes of a payload that is longer than allowed, from its first 16 KiB (or more) and its length.
    package func rejectTooLarge(beginning: [UInt8], length: Int, list: JobKind?) -> JobRejection {
        beginning.withUnsafeBytes { tooLarge($0, length, list) }
    }

    /// Looks only into the beginning for what the rejection can name.
    private func tooLarge(_ payload: UnsafeRawBufferPointer, _ length: Int, _ list: JobKind?) -> JobRejection {
        let beginning = UnsafeRawBufferPointer(rebasing: payload.prefix(min(16_384, limits.maximumBytes)))
        let scanned = StrictJSON.scan(beginning, maximumDepth: limits.maximumDepth)
        var ambiguous: String?
        if case .failure(let error) = scanned.result { ambiguous = error.duplicate }
        let error = JobError(
            .payloadTooLarge, "the payload has \(length) bytes; at most \(limits.maximumBytes) are allowed")
        return JobRejection(
            error, payload: payload, list: list, readable: scanned.outermost, ambiguous: ambiguous)
    }
}

/// A payload that is a valid job, and what of it may rest in Redis.
package struct AcceptedJob: Sendable, Equatable {
    /// Checked.
    package var job: Job
    /// What may rest.
    package var stored: StoredPayload
}

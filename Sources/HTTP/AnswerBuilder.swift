/// Puts an answer together from what libcurl's callbacks bring, and keeps its caps.
///
/// Pure: bytes in, "go on" or "stop" out. One header line per call (libcurl's promise), any slice of the body per call.
struct AnswerBuilder {
    private(set) var headers: HTTPHeaders = [:]
    private(set) var body: [UInt8] = []
    /// Set when a call answered "stop".
    private(set) var failure: HTTPError?

    private let maximumHeaderBytes: Int
    private let maximumBodyBytes: Int
    private var filter: (any BodyFilter)?
    /// Of the body before the filter; the same as `maximumBodyBytes` without one.
    private let maximumReceivedBytes: Int
    private var receivedBytes = 0
    /// A HEAD answer's Content-Length speaks of a body that doesn't come.
    private let expectsBody: Bool
    private var headerBytes = 0
    /// Nothing has come yet.
    var isUntouched: Bool { headerBytes == 0 && receivedBytes == 0 }
    /// True from the blank line on: what still comes as header lines are trailers, which nobody here reads and which
    /// must not pass for headers.
    private var isHeaderComplete = false

    init(
        maximumHeaderBytes: Int, maximumBodyBytes: Int, expectsBody: Bool, filtering: HTTPRequest.Filtering? = nil
    ) {
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumBodyBytes = maximumBodyBytes
        self.expectsBody = expectsBody
        filter = filtering?.filter
        maximumReceivedBytes = filtering?.maximumReceivedBytes ?? maximumBodyBytes
    }

    /// One line with its line break: a status line, a field, or the blank line.
    mutating func headerLine(_ line: UnsafeRawBufferPointer) -> Bool {
        // Interim answers and trailers count, too: an endless row of them is as bad.
        headerBytes += line.count
        guard headerBytes <= maximumHeaderBytes else { return stop("header over its cap") }
        let text = trimmed(line[...])
        if text.isEmpty { return headerEnded() }
        if text.starts(with: "HTTP/".utf8) {
            // A new answer: what came before was interim (1xx).
            headers = [:]
            isHeaderComplete = false
        } else if !isHeaderComplete {
            field(text, isContinuation: line[0] == UInt8(ascii: " ") || line[0] == UInt8(ascii: "\t"))
        }
        return true
    }

    /// A slice of the decompressed body.
    mutating func bodyBytes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= maximumReceivedBytes - receivedBytes else { return bodyOverCap() }
        receivedBytes += bytes.count
        guard filter != nil else {
            body.append(contentsOf: bytes)
            return true
        }
        filter?.keep(bytes, in: &body)
        return body.count <= maximumBodyBytes || bodyOverCap()
    }

    private mutating func bodyOverCap() -> Bool {
        body = []
        return stop("body over its cap")
    }

    private mutating func headerEnded() -> Bool {
        isHeaderComplete = true
        guard expectsBody, let length = headers["Content-Length"].flatMap({ Int($0) }), length > 0 else { return true }
        guard headers["Content-Encoding"] == nil else { return true }
        guard length <= maximumReceivedBytes else { return stop("body over its cap") }
        // How much a filter keeps of it nobody knows.
        if filter == nil { body.reserveCapacity(length) }
        return true
    }

    private mutating func field(_ text: Slice<UnsafeRawBufferPointer>, isContinuation: Bool) {
        if isContinuation {
            // RFC 9112, section 5.2: a folded line belongs to the field before it. Nobody here needs its value.
            return
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex else { return }
        let name = String(decoding: text[..<colon], as: UTF8.self)
        headers.append(name, String(decoding: trimmed(text[text.index(after: colon)...]), as: UTF8.self))
    }

    private mutating func stop(_ reason: String) -> Bool {
        failure = HTTPError(.tooLarge, mayHaveBeenExecuted: true, reason: reason)
        return false
    }
}

/// Without spaces, tabs and line breaks at both ends.
private func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    return bytes
}

import CCurl
import Reactor

/// One request on its way. Belongs to the loop, like everything that libcurl points to.
final class Transfer {
    let id: UInt64
    let request: HTTPRequest
    let origin: Origin
    let finished: (Result<HTTPResponse, HTTPError>) -> Void

    var answer: AnswerBuilder
    /// False while it waits in its host's line.
    var isRunning = false
    /// Its handle while it runs.
    var easy: EasyHandle?
    var deadline: TimerToken?
    /// How often libcurl was about to put this request on a connection.
    private var sends = 0
    private var isRepeatRefused = false
    private var repeatsLeft = 2

    init(
        id: UInt64, request: HTTPRequest, origin: Origin, maximumHeaderBytes: Int,
        finished: @escaping (Result<HTTPResponse, HTTPError>) -> Void
    ) {
        self.id = id
        self.request = request
        self.origin = origin
        self.finished = finished
        answer = AnswerBuilder(
            maximumHeaderBytes: maximumHeaderBytes, maximumBodyBytes: request.maximumBodyBytes,
            expectsBody: request.method != .head, filtering: request.filtering)
    }

    var mayHaveBeenExecuted: Bool { sends > 0 }

    /// Asked by libcurl each time a connection is up and the request would be sent next.
    ///
    /// libcurl sends a request again by itself when a reused connection dies before a byte of the answer has come:
    /// POST, PATCH and DELETE, too (lib/transfer.c, `Curl_retry_request`), although the server may have carried it
    /// out. The second asking is that repeat; only safe methods pass.
    func maySendNow() -> Bool {
        isRepeatRefused = sends > 0 && !request.method.isSafe
        if isRepeatRefused { return false }
        sends += 1
        return true
    }

    /// Whether to send it again after libcurl ended with `code`: a read whose connection died before a byte of the
    /// answer. libcurl's own repeat doesn't cover all of it, such as a connection on which an HTTP/2 server has said
    /// goodbye (GOAWAY) just before.
    func mayRepeat(_ code: CURLcode) -> Bool {
        let isLost = failure(code).kind == .connectionLost
        guard isLost, request.method.isSafe, answer.isUntouched, repeatsLeft > 0 else { return false }
        repeatsLeft -= 1
        return true
    }

    /// What to say when libcurl ended the transfer with `code`.
    func failure(_ code: CURLcode) -> HTTPError {
        if let failure = answer.failure { return failure }
        if isRepeatRefused {
            return HTTPError(.connectionLost, mayHaveBeenExecuted: true, reason: "connection died under the request")
        }
        return HTTPError(code, mayHaveBeenExecuted: mayHaveBeenExecuted)
    }
}

/// The callbacks libcurl gets. Without captures: they are C function pointers, and each finds its transfer through the
/// pointer that was set beside it. That is unretained: `CurlDriver` holds a transfer until its handle is off the multi
/// handle.
enum TransferCallbacks {
    static let header: curl_write_callback = { bytes, size, count, pointer in
        guard let bytes, let pointer else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return line.isEmpty || transfer.answer.headerLine(line) ? line.count : -1
    }

    static let body: curl_write_callback = { bytes, size, count, pointer in
        guard let bytes, let pointer else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
        let slice = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer.answer.bodyBytes(slice) ? slice.count : -1
    }

    static let beforeSend: curl_prereq_callback = { pointer, _, _, _, _ in
        guard let pointer else { return CURL_PREREQFUNC_ABORT }
        let transfer = Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
        return transfer.maySendNow() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
}

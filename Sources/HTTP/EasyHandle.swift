import CCurl

/// libcurl's handle of one transfer with its options and the memory they point to. Reset and used again: a fresh handle
/// costs several times the options.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var failure: CURLcode = CURLE_OK

    /// Nil when out of memory.
    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerList)
    }

    /// Drops every option; the handle must be off its multi handle.
    func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(headerList)
        headerList = nil
        failure = CURLE_OK
    }

    /// Sets everything for one transfer. `transfer` must outlive the time on the multi handle.
    ///
    /// - Returns: `CURLE_OK` or the first option that libcurl refused.
    func prepare(_ transfer: Transfer, _ configuration: HTTPConfiguration) -> CURLcode {
        set(CURLOPT_URL, transfer.request.url)
        note(fleet_curl_set_protocol(pointer, transfer.origin.isSecure ? 1 : 0))
        // Redirects are answers: following one would carry the Authorization header wherever it leads.
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_USERAGENT, configuration.userAgent)
        set(CURLOPT_PROXY, configuration.proxy ?? "")
        if configuration.acceptsGzip { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        prepareConnection(configuration, isSecure: transfer.origin.isSecure)
        prepareMethod(transfer.request)
        prepareHeaders(transfer.request)
        prepareCallbacks(transfer)
        return failure
    }

    private func prepareConnection(_ configuration: HTTPConfiguration, isSecure: Bool) {
        set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.curlMilliseconds)
        set(CURLOPT_MAXAGE_CONN, max(1, (configuration.idleConnectionLifetime.curlMilliseconds + 999) / 1000))
        // HTTP/2 where TLS negotiates it. Without PIPEWAIT 256 requests at once would open 256 connections before the
        // first is known to multiplex. Over plain http nothing multiplexes, and waiting would last until the first
        // answer.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_PIPEWAIT, isSecure ? 1 : 0)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = configuration.certificateAuthorityFile {
            set(CURLOPT_CAINFO, file)
            note(fleet_curl_set_string(pointer, CURLOPT_CAPATH, nil))
        }
    }

    private func prepareMethod(_ request: HTTPRequest) {
        switch request.method {
        case .get where request.body == nil: set(CURLOPT_HTTPGET, 1)
        case .head: set(CURLOPT_NOBODY, 1)
        case .delete where request.body == nil: set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        default:
            let body = request.body ?? []
            set(CURLOPT_POST, 1)
            note(fleet_curl_set_large(pointer, CURLOPT_POSTFIELDSIZE_LARGE, Int(body.count)))
            // Copied at once; for an empty one libcurl still wants an address.
            (body.isEmpty ? [0] : body).withUnsafeBytes {
                note(fleet_curl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, $0.baseAddress))
            }
            if request.method != .post { set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        }
    }

    private func prepareHeaders(_ request: HTTPRequest) {
        // "Name:" takes away a header of libcurl's: no waiting for "100 Continue", no made-up content type.
        append("Expect:")
        if request.headers["Content-Type"] == nil { append("Content-Type:") }
        request.headers.forEach { name, value in
            // "Name;" is libcurl's way to send a header without a value.
            append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        note(fleet_curl_set_list(pointer, CURLOPT_HTTPHEADER, headerList))
    }

    private func prepareCallbacks(_ transfer: Transfer) {
        let context = UnsafeRawPointer(Unmanaged.passUnretained(transfer).toOpaque())
        for option in [CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_PREREQDATA] {
            note(fleet_curl_set_pointer(pointer, option, context))
        }
        note(fleet_curl_set_write_callback(pointer, CURLOPT_WRITEFUNCTION, TransferCallbacks.body))
        note(fleet_curl_set_write_callback(pointer, CURLOPT_HEADERFUNCTION, TransferCallbacks.header))
        note(fleet_curl_set_prereq_callback(pointer, TransferCallbacks.beforeSend))
    }

    // MARK: - What an answer was

    var status: Int { info(CURLINFO_RESPONSE_CODE) }

    var version: HTTPVersion {
        info(CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0) ? .http2 : .http1
    }

    /// 0 if it went over a connection that was there.
    var openedConnections: Int { info(CURLINFO_NUM_CONNECTS) }

    /// The transfer that `handle` was prepared for.
    static func transfer(of handle: UnsafeMutableRawPointer) -> Transfer? {
        var context: UnsafeMutablePointer<CChar>?
        guard fleet_curl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func info(_ info: CURLINFO) -> Int {
        var value = 0
        return fleet_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    // MARK: - Options

    private func set(_ option: CURLoption, _ value: Int) { note(fleet_curl_set_long(pointer, option, value)) }
    private func set(_ option: CURLoption, _ value: String) { note(fleet_curl_set_string(pointer, option, value)) }

    private func append(_ line: String) {
        guard let list = curl_slist_append(headerList, line) else { return note(CURLE_OUT_OF_MEMORY) }
        headerList = list
    }

    private func note(_ code: CURLcode) {
        if failure == CURLE_OK { failure = code }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, 1 at least: libcurl reads 0 as "no limit".
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        let limit = Int64(Int32.max)
        if seconds >= limit / 1000 { return Int(limit) }
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return max(1, Int(seconds * 1000 + fraction))
    }
}

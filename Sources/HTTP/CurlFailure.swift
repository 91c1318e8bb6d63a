import CCurl

extension HTTPError {
    /// What libcurl's code of a failed transfer means here.
    ///
    /// `CURLE_OPERATION_TIMEDOUT` can only be the connect deadline: the request's own is the reactor's.
    init(_ code: CURLcode, mayHaveBeenExecuted: Bool) {
        self.init(
            HTTPError.kind(code), mayHaveBeenExecuted: mayHaveBeenExecuted,
            reason: curl_easy_strerror(code).map { String(cString: $0) } ?? "unknown failure")
    }

    private static func kind(_ code: CURLcode) -> Kind {
        switch code {
        case CURLE_OPERATION_TIMEDOUT, CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .connectFailed
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameNotResolved
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_USE_SSL_FAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            .tls
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR:
            .malformed
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT,
            CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            .badRequest
        // Receive and send errors, an early end, HTTP/2 framing, and our own veto of a repeat.
        default: .connectionLost
        }
    }
}

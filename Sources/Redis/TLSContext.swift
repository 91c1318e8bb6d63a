import COpenSSL

/// What one client's TLS connections share: whom to trust and who we are. Used on the loop only.
final class TLSContext {
    private let context: OpaquePointer

    /// Reads the files of the URL.
    ///
    /// - Throws: kind `tls`, naming the file that can't be used.
    init(_ url: RedisURL) throws(RedisError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw tlsError("OpenSSL cannot start") }
        self.context = context
        _ = fl_ssl_ctx_set_tls12(context)
        // Redis that dies says no farewell. A cut reply is noticed all the same: RESP tells its lengths.
        fl_ssl_ctx_ignore_missing_farewell(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if let file = url.authorityFile {
            guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
                throw tlsError("cannot read the authorities in \(file)")
            }
        } else {
            SSL_CTX_set_default_verify_paths(context)
        }
        if let certificate = url.certificateFile, let key = url.keyFile {
            guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
                throw tlsError("cannot read the certificate in \(certificate)")
            }
            guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
                SSL_CTX_check_private_key(context) == 1
            else { throw tlsError("cannot use the key in \(key)") }
        }
    }

    deinit { SSL_CTX_free(context) }

    /// A session on a connected socket that accepts only a certificate of `host`.
    func session(on descriptor: Int32, host: String) throws(RedisError) -> OpaquePointer {
        guard let session = SSL_new(context) else { throw tlsError("OpenSSL cannot make a session") }
        _ = fl_ssl_set_modes(session)
        // An address is checked against the certificate's IP names; server name indication allows only DNS names.
        let isAddress = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1
        let isPrepared = isAddress || (SSL_set1_host(session, host) == 1 && fl_ssl_set_server_name(session, host) == 1)
        guard isPrepared, SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            throw tlsError("cannot prepare a session for \(host)")
        }
        SSL_set_connect_state(session)
        ERR_clear_error()
        return session
    }
}

/// An error of TLS with OpenSSL's reason, if it has one.
func tlsError(_ what: String, session: OpaquePointer? = nil) -> RedisError {
    defer { ERR_clear_error() }
    var reason = ""
    let code = ERR_peek_last_error()
    if let session, SSL_get_verify_result(session) != Int(X509_V_OK) {
        reason = String(cString: X509_verify_cert_error_string(SSL_get_verify_result(session)))
    } else if code != 0, let text = ERR_reason_error_string(code) {
        reason = String(cString: text)
    }
    return RedisError(.tls, reason.isEmpty ? "TLS to Redis: \(what)" : "TLS to Redis: \(what): \(reason)")
}

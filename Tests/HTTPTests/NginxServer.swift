import Foundation
import TestSupport

/// nginx with TLS and HTTP/2, one worker. Its access log says which connection carried which request.
struct NginxServer {
    private let child: ChildProcess
    private let directory: TemporaryDirectory
    let certificates: TestCertificates
    let base: String

    /// - Parameter requestsPerConnection: after so many nginx says goodbye (GOAWAY).
    static func start(requestsPerConnection: Int = 1_000_000) async throws -> NginxServer {
        let certificates = try await TestCertificates()
        let directory = try TemporaryDirectory()
        let port = try freePort()
        let path = directory.path
        let text = """
            daemon off; master_process off; pid \(path)/pid; error_log stderr crit;
            events { worker_connections 4096; }
            http {
              client_body_temp_path \(path)/b; proxy_temp_path \(path)/p; fastcgi_temp_path \(path)/f;
              uwsgi_temp_path \(path)/u; scgi_temp_path \(path)/s;
              log_format short '$connection $request_method $uri $status $server_protocol';
              access_log \(path)/access.log short;
              server {
                listen 127.0.0.1:\(port) ssl http2;
                ssl_certificate \(certificates.certificate); ssl_certificate_key \(certificates.key);
                keepalive_requests \(requestsPerConnection); http2_max_concurrent_streams 128;
                default_type application/json;
                location / { return 200 '{"value":[]}'; }
                location /quiet { access_log off; return 200 '{"value":[]}'; }
                location /cut { return 444; }
                location /large { access_log off; root \(path); }
              }
            }
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory.file("conf")))
        try Data(repeating: 0x78, count: 300_000).write(to: URL(fileURLWithPath: directory.file("large")))
        let child = try ChildProcess("nginx", ["-c", directory.file("conf")])
        try await eventually("nginx wrote its pid", within: .seconds(30)) {
            guard child.exit == nil else { throw TestSupportError(child.transcript) }
            return FileManager.default.fileExists(atPath: directory.file("pid"))
        }
        return NginxServer(
            child: child, directory: directory, certificates: certificates, base: "https://localhost:\(port)")
    }

    /// The logged requests with that key in their path, each as connection, method, path, status, protocol.
    func log(_ key: String) throws -> [[Substring]] {
        let text = try String(contentsOfFile: directory.file("access.log"), encoding: .utf8)
        return text.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0[2].contains(key) }
    }
}

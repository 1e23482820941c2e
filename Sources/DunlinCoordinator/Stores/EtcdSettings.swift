import AsyncHTTPClient
import NIOCore
import NIOSSL

/// How etcd is reached.
package struct EtcdSettings: Hashable, Sendable {
    /// `http://HOST:PORT` or `https://HOST:PORT`, at least one; another is tried when one fails.
    package var endpoints: [String]
    /// PEM files; empty for none. etcd's own users and roles are not used: who may reach it is
    /// settled by client certificates and the network.
    package var certificateFile: String
    package var keyFile: String
    package var authorityFile: String
    /// How long one answer may take.
    package var timeoutMs: Int64

    package static let timeoutMsDefault: Int64 = 2000

    package init(
        endpoints: [String], certificateFile: String = "", keyFile: String = "",
        authorityFile: String = "", timeoutMs: Int64 = EtcdSettings.timeoutMsDefault
    ) {
        self.endpoints = endpoints
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.authorityFile = authorityFile
        self.timeoutMs = timeoutMs
    }

    /// What is wrong with them, for the person who wrote them; empty when nothing is.
    package var problems: [String] {
        var problems: [String] = []
        if self.endpoints.isEmpty {
            problems.append("etcd has no endpoints. Name at least one, as http://HOST:PORT.")
        }
        for (index, endpoint) in self.endpoints.enumerated()
        where !endpoint.hasPrefix("http://") && !endpoint.hasPrefix("https://") {
            problems.append("etcd endpoint \(index + 1) does not begin with http:// or https://.")
        }
        if self.certificateFile.isEmpty != self.keyFile.isEmpty {
            problems.append("etcd has a certificate without a key, or a key without one.")
        }
        return problems
    }

    func clientConfiguration() throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if !self.authorityFile.isEmpty { tls.trustRoots = .file(self.authorityFile) }
        if !self.certificateFile.isEmpty {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(self.certificateFile).map {
                .certificate($0)
            }
            tls.privateKey = .privateKey(
                try NIOSSLPrivateKey(file: self.keyFile, format: .pem))
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.timeout.connect = .milliseconds(min(self.timeoutMs, 1000))
        configuration.httpVersion = .http1Only
        // A refused connection says that nothing was sent, and the next endpoint may be asked.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}

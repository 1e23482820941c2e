import NIOSSL

/// Files for TLS, in PEM. Read once, when a listener or connection is set up.
package struct TLSSettings: Sendable, Equatable {
    /// Our certificate, followed by its intermediates; `nil` for a client without one.
    package var certificatePath: String?
    /// Its private key.
    package var keyPath: String?
    /// Whom to believe; `nil` for the system's trust store.
    package var trustRootsPath: String?
    /// A listener refuses clients without a certificate that ``trustRootsPath`` vouches for.
    package var requiresClientCertificate: Bool

    package init(
        certificatePath: String? = nil, keyPath: String? = nil, trustRootsPath: String? = nil,
        requiresClientCertificate: Bool = false
    ) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.trustRootsPath = trustRootsPath
        self.requiresClientCertificate = requiresClientCertificate
    }

    func serverContext() throws(TransportError) -> NIOSSLContext {
        guard self.certificatePath != nil, self.keyPath != nil else {
            throw TransportError(
                .badCertificate, "A listener with TLS needs a certificate and its key.")
        }
        guard !self.requiresClientCertificate || self.trustRootsPath != nil else {
            throw TransportError(
                .badCertificate,
                "Client certificates are required, but no trust roots say whose are good.")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try self.chain(), privateKey: .privateKey(try self.key()))
        configuration.minimumTLSVersion = .tlsv12
        if self.requiresClientCertificate {
            // The client's name is what it is authorised by, not where it connects from.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(try self.roots())
        }
        return try Self.context(configuration)
    }

    func clientContext() throws(TransportError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if self.trustRootsPath != nil { configuration.trustRoots = .certificates(try self.roots()) }
        if self.certificatePath != nil {
            configuration.certificateChain = try self.chain()
            configuration.privateKey = .privateKey(try self.key())
        }
        return try Self.context(configuration)
    }

    private static func context(
        _ configuration: TLSConfiguration
    ) throws(TransportError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TransportError(
                .badCertificate, "Certificate and key do not belong together, or cannot be used.")
        }
    }

    private func chain() throws(TransportError) -> [NIOSSLCertificateSource] {
        let path = self.certificatePath ?? ""
        do {
            return try NIOSSLCertificate.fromPEMFile(path).map { .certificate($0) }
        } catch {
            throw TransportError(.badCertificate, "\(path) is not a readable PEM certificate.")
        }
    }

    private func key() throws(TransportError) -> NIOSSLPrivateKey {
        let path = self.keyPath ?? ""
        do {
            return try NIOSSLPrivateKey(file: path, format: .pem)
        } catch {
            throw TransportError(.badCertificate, "\(path) is not a readable PEM private key.")
        }
    }

    private func roots() throws(TransportError) -> [NIOSSLCertificate] {
        let path = self.trustRootsPath ?? ""
        do {
            return try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw TransportError(.badCertificate, "\(path) is not a readable PEM certificate.")
        }
    }
}

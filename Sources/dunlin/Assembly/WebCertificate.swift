import DunlinTransport
import NIOSSL

/// The node's certificate for the HTTP listener, whose callers show API keys instead of their own.
enum WebCertificate {
    static func configuration(_ settings: TLSSettings) throws -> TLSConfiguration {
        let (certificate, key) = (settings.certificatePath ?? "", settings.keyPath ?? "")
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate)
                    .map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            return configuration
        } catch {
            throw Failure(
                "tls: \(certificate) and \(key) must be a readable PEM certificate and its key")
        }
    }
}

import DunlinTransport
import DunlinWire

extension TLSSettings {
    /// Where every caller shows a certificate, its role says what it may call.
    func guarded(_ calls: any CallHandler) -> any CallHandler {
        self.requiresClientCertificate ? CertifiedCallServer(calls) : calls
    }
}

import Crypto
import Foundation

/// A secret of the Standard Webhooks specification and what it signs.
///
/// Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
struct WebhookSecret: Sendable {
    static let prefix = "whsec_"
    static let byteCounts = 24...64

    private let key: SymmetricKey

    /// `text`: `whsec_` and base64. Answers `nil` for anything else.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.byteCounts.contains(bytes.count)
        else { return nil }
        self.key = SymmetricKey(data: bytes)
    }

    /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.payload`.
    func signature(id: String, timestampSeconds: Int64, payload: [UInt8]) -> String {
        let signed = Array("\(id).\(timestampSeconds).".utf8) + payload
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: self.key)
        return "v1," + Data(code).base64EncodedString()
    }
}

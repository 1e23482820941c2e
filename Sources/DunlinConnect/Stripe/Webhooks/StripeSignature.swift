import Crypto
import DunlinCore
import Foundation

/// Checks `Stripe-Signature`: `t=SECONDS,v1=HEX[,v1=HEX…]`, where each v1 is HMAC-SHA256 over
/// `t.body` under one of the endpoint's secrets.
///
/// Source: <https://docs.stripe.com/webhooks#verify-manually>.
enum StripeSignature {
    /// Most v1 entries that are tried: one for each secret that is being replaced, with room.
    private static let entriesMax = 16

    /// Throws ``StripeWebhookError`` when none of the signatures fits or its time is not ours.
    ///
    /// `nowSeconds`: Real time, seconds since 1970. Domain time may be far away.
    static func verify(
        header: String, body: [UInt8], secrets: [StripeSecret], nowSeconds: Int64
    ) throws(StripeWebhookError) {
        var time: Substring = ""
        var given: [[UInt8]] = []
        for part in header.split(separator: ",").prefix(2 * Self.entriesMax) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            switch pair[0].drop(while: { $0 == " " }) {
            case "t": time = pair[1]
            case "v1": if let bytes = Self.bytes(hex: pair[1]) { given.append(bytes) }
            default: break
            }
        }
        guard let seconds = Int64(time), seconds > 0, !given.isEmpty else {
            throw StripeWebhookError(.signatureMalformed)
        }
        guard !secrets.isEmpty else { throw StripeWebhookError(.noSecret) }
        var signed = Array(time.utf8)
        signed.append(0x2E)
        signed.append(contentsOf: body)
        let isGenuine = secrets.contains { secret in
            guard !secret.isEmpty else { return false }
            let key = SymmetricKey(data: Data(secret.text.utf8))
            return given.prefix(Self.entriesMax).contains { code in
                HMAC<SHA256>.isValidAuthenticationCode(
                    code, authenticating: signed, using: key)
            }
        }
        guard isGenuine else { throw StripeWebhookError(.signatureMismatch) }
        let (age, overflow) = nowSeconds.subtractingReportingOverflow(seconds)
        guard !overflow, age <= StripeSettings.signatureToleranceSeconds else {
            throw StripeWebhookError(.tooOld)
        }
        guard age >= -StripeSettings.signatureToleranceSeconds else {
            throw StripeWebhookError(.fromTheFuture)
        }
    }

    /// 64 hex digits; `nil` for anything else.
    private static func bytes(hex: Substring) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for at in stride(from: 0, to: 64, by: 2) {
            let pair = String(decoding: digits[at..<at + 2], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16), pair.first != "+" else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}

/// Why a webhook was not taken. Its sender may be anybody, so nothing of it is repeated here.
package struct StripeWebhookError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Also the metric label.
    package enum Code: String, Sendable, CaseIterable {
        case noSecret = "no_secret"
        case signatureMissing = "signature_missing"
        case signatureMalformed = "signature_malformed"
        case signatureMismatch = "signature_mismatch"
        case tooOld = "too_old"
        case fromTheFuture = "from_the_future"
        case tooLarge = "too_large"
        case malformed
    }

    package var code: Code
    /// Where in the body, for ``Code/malformed``: a byte offset or a field's path. Else empty.
    package var place: String

    init(_ code: Code, place: String = "") {
        self.code = code
        self.place = place
    }

    package var description: String {
        switch self.code {
        case .noSecret:
            "no webhook secret is configured: set STRIPE_WEBHOOK_SECRET to the endpoint's "
                + "signing secret"
        case .signatureMissing: "the Stripe-Signature header is missing"
        case .signatureMalformed:
            "the Stripe-Signature header is not `t=…,v1=…` with 64 hex digits"
        case .signatureMismatch:
            "no signature fits the body: check that STRIPE_WEBHOOK_SECRET belongs to this "
                + "endpoint and that nothing on the way changes the body"
        case .tooOld:
            "the signature is older than \(StripeSettings.signatureToleranceSeconds) seconds: "
                + "check this machine's clock, or let Stripe send the event again"
        case .fromTheFuture: "the signature's time has not come yet: check this machine's clock"
        case .tooLarge: "the body is larger than \(StripeSettings.eventBytesMax) bytes"
        case .malformed:
            self.place.isEmpty
                ? "the body is no JSON document"
                : "the body is no Stripe event: see \(self.place)"
        }
    }
}

import DunlinCore

/// A note in an invoice's metadata, written before the invoice is paid.
///
/// Format: `KEY;PROGRESS;SECONDS`: the attempt's key, ``StripeInvoice/progress`` as it was before
/// the attempt, and Stripe's clock in seconds since 1970.
///
/// 1. It is written, and its writing answered, before the payment is sent. An invoice that bears
///    another key or none was not paid by this attempt.
/// 2. When the invoice's progress differs from the note's, something was tried after the note was
///    written: with one charge in flight per obligation (Law 2) that was this attempt.
/// 3. When it does not differ, the payment never arrived, or is still being worked on.
struct StripeAttemptMark: Sendable, Equatable {
    var key: String
    var progress: String
    var atSeconds: Int64

    static let metadataKey = "dunlin_attempt"
    /// Stands for "no charge and no payment intent yet".
    static let nothing = "-"

    init(key: GatewayKey, progress: String, atSeconds: Int64) {
        self.key = key.description
        self.progress = progress
        self.atSeconds = atSeconds
    }

    /// Answers `nil` for a text that is no such note.
    init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        guard parts.count == 3, let at = Int64(parts[2]) else { return nil }
        self.key = String(parts[0])
        self.progress = String(parts[1])
        self.atSeconds = at
    }

    var text: String { "\(self.key);\(self.progress);\(self.atSeconds)" }

    func isOf(_ order: GatewayKey) -> Bool { self.key == order.description }
}

import DunlinCore
import DunlinPorts

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
/// 4. Attempts take turns over ``slots`` names, so that a note that was long on its way cannot
///    wipe out a later attempt's.
struct StripeAttemptMark: Sendable, Equatable {
    var key: String
    var progress: String
    var atSeconds: Int64

    /// Names of metadata that are used in turn. Stripe allows fifty on an invoice.
    static let slots: UInt32 = 8
    private static let namePrefix = "dunlin_attempt_"

    /// Where the note of an attempt is written.
    static func name(_ order: ChargeOrder) -> String {
        Self.namePrefix + String(order.attempt % Self.slots)
    }

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

    /// All notes in an invoice's metadata, by name.
    static func all(in metadata: StripeJSON?) -> [String: StripeAttemptMark] {
        var marks: [String: StripeAttemptMark] = [:]
        for (name, value) in metadata?.members ?? [:] where name.hasPrefix(Self.namePrefix) {
            marks[name] = value.text.flatMap { StripeAttemptMark($0) }
        }
        return marks
    }
}

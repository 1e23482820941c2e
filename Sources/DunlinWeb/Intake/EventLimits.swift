package import DunlinCore

/// What our own JSON events may hold. Reaching a limit refuses the event, with the limit named.
package enum EventLimits {
    /// Most events of one request.
    package static let eventsMax = 10_000
    /// Longest id, in bytes of UTF-8.
    package static let idBytesMax = EntityKey.keyBytesMax
    /// Longest link, in bytes.
    package static let linkBytesMax = 2_048
    /// Largest amount, in minor units.
    package static let amountMinorMax: Int64 = 999_999_999_999_999
    /// Most earlier attempts of one obligation.
    package static let earlierAttemptsMax = AttemptMark.countMax
    /// Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3).
    package static let emailBytesMax = 254
    /// Longest telephone number, in bytes: E.164 has 15 digits.
    package static let phoneBytesMax = 32
    /// Longest reply that is looked at, in bytes; its text is not kept.
    package static let replyBytesMax = 16_384
    /// Longest attribute name and value, in bytes.
    package static let attributeBytesMax = 255
    /// Most problems and most warnings that one answer lists; the rest are counted.
    package static let problemsMax = 100
    /// Instants lie within these: 2000-01-01 until 9999-12-31.
    package static let instants =
        Timestamp(ms: 946_684_800_000)...Timestamp(ms: 253_402_300_799_999)
}

/// What a tenant has promised about the ids that it sends.
package struct EventRules: Sendable, Equatable {
    /// Ids may be long digits that look like card numbers (`ids: numeric`, Law 10).
    package var idsAreNumeric: Bool
    /// Ids are hashes or otherwise no personal data, so an `@` in one is no address
    /// (`ids: hashed`).
    package var idsAreHashed: Bool

    package init(idsAreNumeric: Bool = false, idsAreHashed: Bool = false) {
        self.idsAreNumeric = idsAreNumeric
        self.idsAreHashed = idsAreHashed
    }
}

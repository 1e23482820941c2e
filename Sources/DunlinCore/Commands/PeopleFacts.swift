// Facts about the people behind an account, as they come in.

/// Somebody granted or revoked consent.
package struct ConsentChange: Hashable, Sendable {
    package var channel: Channel
    package var purpose: MessagePurpose
    package var isGranted: Bool
    /// How it is known, for the ledger: at most ``Consent/sourceBytesMax`` bytes.
    package var source: String

    package init(channel: Channel, purpose: MessagePurpose, isGranted: Bool, source: String) {
        self.channel = channel
        self.purpose = purpose
        self.isGranted = isGranted
        self.source = source
    }
}

/// What became of a message after it was accepted.
package struct MessageReceipt: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        case opened = 1
        case clicked = 2
        /// The address is dead.
        case bounced = 3
        /// It could not be delivered this time.
        case softBounced = 4
        /// The customer called it unwanted.
        case complained = 5

        package var name: String { "\(self)" }

        /// No message goes to that address again.
        package var suppresses: Bool { self == .bounced || self == .complained }
    }

    package var kind: Kind
    package var channel: Channel
    /// The provider's reference, as in the answer to the message; empty for the newest message of
    /// the channel.
    package var reference: String

    package init(kind: Kind, channel: Channel, reference: String) {
        self.kind = kind
        self.channel = channel
        self.reference = reference
    }
}

/// A flag of the account is set or cleared.
package struct FlagChange: Hashable, Sendable {
    package var flag: AccountFlag
    package var isSet: Bool
    /// Why, and by whom: for the timeline. At most ``reasonBytesMax`` bytes.
    package var reason: String

    package static let reasonBytesMax = 256

    package init(flag: AccountFlag, isSet: Bool, reason: String) {
        self.flag = flag
        self.isSet = isSet
        self.reason = reason
    }
}

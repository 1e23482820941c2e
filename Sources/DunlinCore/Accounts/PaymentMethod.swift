/// How a card is funded.
package enum CardFunding: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case credit = 1
    case debit = 2
    case prepaid = 3

    package var name: String { "\(self)" }

    package init(name: String) {
        switch name.lowercased() {
        case "credit": self = .credit
        case "debit": self = .debit
        case "prepaid": self = .prepaid
        default: self = .unknown
        }
    }
}

/// A stored payment method, by the gateway's token. Never a card number.
package struct PaymentMethod: Hashable, Sendable {
    /// The gateway's token: `pm_…`. 1…255 bytes.
    package var token: String
    /// The gateway's fingerprint of the card, equal for equal cards. Empty when not known.
    package var fingerprint: String
    package var network: PaymentNetwork
    package var funding: CardFunding
    /// Empty or four digits.
    package var lastFour: String
    /// `year * 12 + month - 1` of the last month in which it is valid; 0 when not known.
    package var expiryMonth: UInt32
    /// The issuer's digits, the first six to eight of the card's number; 0 when not known. More
    /// of the number may not be kept beside the last four (PCI DSS 3.4.1).
    package var bin: UInt32

    package init(
        token: String, fingerprint: String = "", network: PaymentNetwork = .unknown,
        funding: CardFunding = .unknown, lastFour: String = "", expiryMonth: UInt32 = 0,
        bin: UInt32 = 0
    ) {
        self.token = token
        self.fingerprint = fingerprint
        self.network = network
        self.funding = funding
        self.lastFour = lastFour
        self.expiryMonth = expiryMonth
        self.bin = bin
    }

    /// Reads the issuer's digits; `nil` for what is no six to eight digits.
    package static func bin(_ text: String) -> UInt32? {
        guard (6...8).contains(text.utf8.count), text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let bin = UInt32(text), bin >= 100_000
        else { return nil }
        return bin
    }

    /// What is known of one method after a newer word of it: what the word leaves out stays.
    func completed(by newer: PaymentMethod) -> PaymentMethod {
        PaymentMethod(
            token: newer.token,
            fingerprint: newer.fingerprint.isEmpty ? self.fingerprint : newer.fingerprint,
            network: newer.network == .unknown ? self.network : newer.network,
            funding: newer.funding == .unknown ? self.funding : newer.funding,
            lastFour: newer.lastFour.isEmpty ? self.lastFour : newer.lastFour,
            expiryMonth: newer.expiryMonth == 0 ? self.expiryMonth : newer.expiryMonth,
            bin: newer.bin == 0 ? self.bin : newer.bin)
    }

    /// Whether the token stands for another card than it did. A fact that was learnt only now
    /// makes no other card of it.
    func isAnotherCard(than earlier: PaymentMethod) -> Bool {
        let hasOtherNumber =
            !earlier.fingerprint.isEmpty && self.fingerprint != earlier.fingerprint
        return hasOtherNumber || earlier.expiryMonth != 0 && self.expiryMonth != earlier.expiryMonth
    }
}

/// A method as the account holds it: the card's facts, its number and what was learnt about it.
package struct HeldMethod: Hashable, Sendable {
    /// Counted from 1 in the account; 0 stands for "whatever the gateway has as default".
    package var number: UInt32
    package var method: PaymentMethod
    package var standing: CredentialStanding
    /// The one that is tried first.
    package var isDefault: Bool
    /// The customer agreed that it may be charged when the default fails.
    package var isBackup: Bool
    /// When the newest accepted change happened.
    package var changedAt: Timestamp
    /// When it was last said to be the default: an older word makes no other method the default.
    /// Zero when it never was.
    package var defaultSince: Timestamp

    package init(
        number: UInt32, method: PaymentMethod, standing: CredentialStanding = CredentialStanding(),
        isDefault: Bool, isBackup: Bool = false, changedAt: Timestamp,
        defaultSince: Timestamp = Timestamp(ms: 0)
    ) {
        self.number = number
        self.method = method
        self.standing = standing
        self.isDefault = isDefault
        self.isBackup = isBackup
        self.changedAt = changedAt
        self.defaultSince = defaultSince
    }
}

/// What declines have said about one credential. Only a change of the credential clears it.
package struct CredentialStanding: Hashable, Sendable {
    /// `nil` while nothing forbids it; else the advice that blocks it.
    package var blockedBy: RetryAdvice?
    /// The class of the decline that blocked it or of its latest decline.
    package var declineClass: DeclineClass
    /// Not before this instant: the decline map's or the network's delay. Zero for none.
    package var notBefore: Timestamp
    /// Tries that remain under the map's limit; `nil` while no limit was met.
    package var triesLeft: UInt32?

    package init(
        blockedBy: RetryAdvice? = nil, declineClass: DeclineClass = .unmapped,
        notBefore: Timestamp = Timestamp(ms: 0), triesLeft: UInt32? = nil
    ) {
        self.blockedBy = blockedBy
        self.declineClass = declineClass
        self.notBefore = notBefore
        self.triesLeft = triesLeft
    }
}

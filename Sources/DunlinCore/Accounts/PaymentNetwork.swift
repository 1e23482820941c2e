/// The network or scheme that a payment method runs on, for its rules.
package enum PaymentNetwork: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case visa = 1
    case mastercard = 2
    case amex = 3
    case discover = 4
    case diners = 5
    case jcb = 6
    case unionpay = 7
    case elo = 8
    /// Direct debit of a bank account in the United States, under the rules of Nacha.
    case ach = 9
    /// SEPA direct debit, the core scheme.
    case sepa = 10
    /// Direct debit of a bank account in the United Kingdom.
    case bacs = 11

    package var name: String { "\(self)" }

    /// A bank account is debited: the verdict comes days later, and a refused debit may be
    /// presented again only as the scheme says.
    package var isDirectDebit: Bool {
        switch self {
        case .ach, .sepa, .bacs: true
        case .unknown, .visa, .mastercard, .amex, .discover, .diners, .jcb, .unionpay, .elo: false
        }
    }

    /// Reads a brand or kind as gateways spell it: `Visa`, `american_express`, `us_bank_account`.
    package init(brand: String) {
        switch brand.lowercased() {
        case "visa": self = .visa
        case "mastercard", "mc", "master card": self = .mastercard
        case "amex", "american_express", "american express": self = .amex
        case "discover": self = .discover
        case "diners", "diners_club", "diners club": self = .diners
        case "jcb": self = .jcb
        case "unionpay": self = .unionpay
        case "elo": self = .elo
        case "ach", "us_bank_account", "ach_debit": self = .ach
        case "sepa", "sepa_debit", "sepa_core": self = .sepa
        case "bacs", "bacs_debit": self = .bacs
        default: self = .unknown
        }
    }
}

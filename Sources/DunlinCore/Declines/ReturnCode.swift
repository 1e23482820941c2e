/// The code with which a bank refused a debit, as a hash: marks remember it for as long as the
/// scheme's rules look back, and rules only ask whether it is one of theirs.
///
/// ``none`` for cards and for debits that were not refused.
package struct ReturnCode: Hashable, Sendable {
    /// FNV-1a of the code in capital letters, its halves combined; 0 for none.
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let none = ReturnCode(rawValue: 0)

    /// `R01`, `AM04`, `0`, or a gateway's word for it, in either case.
    package init(_ code: String) {
        let hash = FNV1a64.hash(code.uppercased())
        let folded = UInt32(truncatingIfNeeded: hash) ^ UInt32(truncatingIfNeeded: hash >> 32)
        self.rawValue = max(1, folded)
    }

    /// What a refusal by that network leaves: the network's own code rather than the gateway's.
    init(code: String, networkCode: String, on network: PaymentNetwork) {
        guard network.isDirectDebit else {
            self = .none
            return
        }
        self.init(networkCode.isEmpty ? code : networkCode)
    }
}

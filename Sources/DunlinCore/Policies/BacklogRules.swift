/// What becomes of an invoice whose payment failed long before anybody told us: an import brings
/// years of them, and nobody wants them charged and written to on one morning.
package struct BacklogRules: Hashable, Sendable {
    package enum Mode: UInt8, Sendable, CaseIterable {
        /// As any other failure, from its own beginning on.
        case full = 1
        /// The customer is told; nothing is charged unless they act or an operator asks for it.
        case messagesOnly = 2
        /// No case is opened. What was attempted still counts in budgets.
        case skip = 3

        package var name: String { "\(self)" }

        package init?(name: String) {
            guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = found
        }
    }

    package var mode: Mode
    /// A failure older than this at its arrival is backlog. Milliseconds; greater than 0.
    package var olderThanMs: Int64
    /// Cases begin within this time after their arrival, evenly, by a hash of account and invoice;
    /// 0 for at once. Milliseconds, at most ``spreadMsMax``.
    package var spreadMs: Int64

    package static let spreadMsMax = 60 * Milliseconds.day

    package init(mode: Mode, olderThanMs: Int64, spreadMs: Int64 = 0) {
        self.mode = mode
        self.olderThanMs = olderThanMs
        self.spreadMs = spreadMs
    }
}

import DunlinCore
import DunlinPolicy

/// The rules that come with Dunlin, placed in the zones of this machine, and short forms for
/// asking them.
struct BuiltInRules {
    let bundle: Bundle

    init() throws {
        let zones = try ZoneLoader.load()
        self.bundle = try BundleCompiler.compile(BundleSource(zones: zones.catalog)).bundle
    }

    var book: RuleBook { self.bundle.rules }
}

extension RuleBook {
    func removing(row number: UInt32) -> RuleBook {
        RuleBook(
            version: self.version, budgets: self.budgets.filter { $0.number != number },
            schemes: self.schemes.filter { $0.number != number }, calendars: self.calendars)
    }
}

/// An instant that the test wrote down; the epoch when the text is no instant, which no
/// expectation survives.
func instant(_ text: String) -> Timestamp { Timestamp(iso8601: text) ?? Timestamp(ms: 0) }

/// One question to the gate: a past, a wish, and what must come of it.
struct GateCase: CustomStringConvertible {
    enum Expected: Equatable {
        case slot(String)
        case never(PlanReason)
    }

    var name: String
    var network: PaymentNetwork
    var currency = Currency.usd
    var amountMinor: Int64 = 5000
    var initiator = Initiator.merchant
    /// Earlier attempts on the same obligation and method.
    var marks: [AttemptMark] = []
    var from: String
    /// Since when the customer is told; `nil` for thirty days before.
    var told: String?
    var agreedNoticeDays: UInt32?
    var expected: Expected

    static let obligation: UInt64 = 77

    static func mark(
        _ at: String, code: String? = nil, amountMinor: Int64 = 5000, currency: Currency = .usd,
        initiator: Initiator = .merchant, flags: AttemptMark.Flags = []
    ) -> AttemptMark {
        AttemptMark(
            at: instant(at), method: 1, amountMinor: amountMinor, currency: currency,
            initiator: initiator, obligationHash: Self.obligation, flags: flags,
            returnCode: code.map { ReturnCode($0) } ?? .none)
    }

    /// What the book says that it should not; `nil` when all is well.
    func problem(with book: RuleBook) -> String? {
        let proposal = AttemptProposal(
            network: self.network, method: 1, amountMinor: self.amountMinor,
            currency: self.currency, initiator: self.initiator, standing: CredentialStanding(),
            obligationHash: Self.obligation,
            noticeAt: self.told.map { instant($0) }
                ?? instant(self.from).advanced(byMs: -30 * Milliseconds.day),
            agreedNoticeDays: self.agreedNoticeDays)
        let answer = RuleGate.earliest(
            proposal, from: instant(self.from), marks: self.marks, rules: book)
        switch (answer, self.expected) {
        case (.slot(let at, _, _), .slot(let wanted)) where at == instant(wanted): return nil
        case (.never(let reason), .never(let wanted)) where reason == wanted: return nil
        default: return "\(self.name): \(answer), expected \(self.expected)"
        }
    }

    var description: String { self.name }
}

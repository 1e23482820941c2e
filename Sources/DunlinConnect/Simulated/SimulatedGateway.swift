package import DunlinCore
package import DunlinPorts
import Synchronization

/// A payment gateway and billing system in this process: deterministic, instant, the default of a
/// first run and of every load test.
///
/// 1. Behaviour comes from the order's method token, else from `defaultBehavior`.
/// 2. With key memory (or a ledger, which implies it) a key is charged at most once: a repeat is
///    given the first answer. Without it, a repeat is computed again and comes out the same.
/// 3. With a ledger no answer leaves before its line is durable (``SimulatedLedger``).
package final class SimulatedGateway: ImmediateGateway, BillingSystem {
    package let traits: GatewayTraits
    private let defaultBehavior: SimulatedBehavior
    private let remembersKeys: Bool
    /// What a payment world says, where the behaviour is ``SimulatedBehavior/world(seed:)``.
    private let oracle: (any ChargeOracle)?
    private let books: Mutex<Books>
    private let arrivals: SimulatedArrivals?

    /// Keys that are kept in memory at least; twice as many at most. Older ones are forgotten, as
    /// real gateways do.
    package static let keysMax = 1_000_000

    private struct Books: ~Copyable, Sendable {
        var recent: [GatewayKey: SimulatedVerdict] = [:]
        var older: [GatewayKey: SimulatedVerdict] = [:]
        var ledger: SimulatedLedger?
        /// The ledger may hold lines that nobody was told of: every new charge stays unknown.
        var isUnclear = false
        var endActions: [EndActionOrder] = []
        var performed: Set<Performed> = []

        init() {}

        func verdict(of key: GatewayKey) -> SimulatedVerdict? {
            self.recent[key] ?? self.older[key]
        }

        mutating func remember(_ key: GatewayKey, _ verdict: SimulatedVerdict) {
            if self.recent.count >= SimulatedGateway.keysMax {
                self.older = self.recent
                self.recent = [:]
            }
            self.recent[key] = verdict
        }
    }

    private struct Performed: Hashable {
        var account: EntityKey
        var effect: RecordPosition
    }

    /// End actions that are kept for reading back; later ones are performed and not kept.
    package static let endActionsMax = 100_000

    /// `defaultBehavior`: For orders whose method token names none.
    /// `remembersKeys`: Off for the ladder benchmark, whose answers are computed alike each time.
    /// `arrivals`: Where each charge's arrival is written down.
    /// `oracle`: A whole payment world, asked first where the behaviour is a world.
    package init(
        defaultBehavior: SimulatedBehavior = .approve, remembersKeys: Bool = true,
        arrivals: SimulatedArrivals? = nil, oracle: (any ChargeOracle)? = nil
    ) {
        self.traits = Self.traits
        self.defaultBehavior = defaultBehavior
        self.remembersKeys = remembersKeys
        self.oracle = oracle
        self.books = Mutex(Books())
        self.arrivals = arrivals
    }

    /// Remembers every key over restarts and kills, in a file.
    ///
    /// Throws ``SimulatedLedgerError`` when the file cannot be opened or holds foreign lines.
    package init(
        defaultBehavior: SimulatedBehavior = .approve, ledgerPath: String,
        arrivals: SimulatedArrivals? = nil, oracle: (any ChargeOracle)? = nil
    ) throws(SimulatedLedgerError) {
        self.traits = Self.traits
        self.oracle = oracle
        self.defaultBehavior = defaultBehavior
        self.remembersKeys = true
        var books = Books()
        var remembered: [(GatewayKey, SimulatedVerdict)] = []
        books.ledger = try SimulatedLedger.open(path: ledgerPath) { entry in
            guard let key = Self.key(entry.key),
                let verdict = SimulatedLedger.verdict(of: entry.verdict)
            else { return }
            remembered.append((key, verdict))
        }
        for (key, verdict) in remembered { books.remember(key, verdict) }
        self.books = Mutex(books)
        self.arrivals = arrivals
    }

    private static let traits = GatewayTraits(
        name: "simulated", keyRetentionMs: 365 * Milliseconds.day, concurrencyMax: 10_000,
        readsCards: true)

    /// A card that is declined as expired some times only was renewed by its issuer: for the three
    /// years after the expiry that is known.
    package func newerCard(of account: EntityKey, method: PaymentMethod) async -> PaymentMethod? {
        guard case .decline("expired_card", _?) = SimulatedBehavior(token: method.token) else {
            return nil
        }
        var renewed = method
        renewed.expiryMonth = max(method.expiryMonth, 2026 * 12) + 36
        return renewed
    }

    // MARK: Charging

    package func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome] {
        self.chargeNow(orders)
    }

    package func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome] {
        self.lookUpNow(orders)
    }

    package func chargeNow(_ orders: [ChargeOrder]) -> [AttemptOutcome] {
        self.arrivals?.note(orders)
        guard self.remembersKeys else {
            return orders.map { order in
                let behavior = self.behavior(of: order)
                let verdict = self.compute(order, behavior)
                return Self.answer(verdict, behavior, order.key)
            }
        }
        return self.books.withLock { books in
            var lines: [UInt8] = []
            var drafts: [GatewayKey: SimulatedVerdict] = [:]
            var answers: [AttemptOutcome] = []
            answers.reserveCapacity(orders.count)
            for order in orders {
                let behavior = self.behavior(of: order)
                if let known = books.verdict(of: order.key) ?? drafts[order.key] {
                    answers.append(Self.outcome(known, behavior, order.key))
                    continue
                }
                let verdict = self.compute(order, behavior)
                if let verdict {
                    drafts[order.key] = verdict
                    if books.ledger != nil { lines += Self.line(order, verdict) }
                }
                answers.append(Self.answer(verdict, behavior, order.key))
            }
            switch Self.keep(lines, drafts, &books) {
            case .durable: return answers
            case .refused: return orders.map { _ in .notSent(.gatewayUnreachable) }
            case .unclear: return orders.map { _ in .unknown }
            }
        }
    }

    package func lookUpNow(_ orders: [ChargeLookUp]) -> [AttemptOutcome] {
        orders.map { asked in
            let order = asked.order
            let behavior = self.behavior(of: order)
            guard self.remembersKeys else {
                // Nothing is remembered: what the charge came to, or would come to, is computed.
                let verdict = self.compute(order, behavior)
                return verdict.map { Self.outcome($0, behavior, order.key) } ?? .notSent(.notFound)
            }
            let known = self.books.withLock { $0.verdict(of: order.key) }
            if let known { return Self.outcome(known, behavior, order.key) }
            guard asked.mayResend, behavior != .lost else { return .notSent(.notFound) }
            return self.chargeNow([order]).first ?? .unknown
        }
    }

    @inline(__always)
    private func behavior(of order: ChargeOrder) -> SimulatedBehavior {
        guard !order.methodToken.isEmpty else { return self.defaultBehavior }
        return SimulatedBehavior(token: order.methodToken) ?? self.defaultBehavior
    }

    @inline(__always)
    private func compute(
        _ order: ChargeOrder, _ behavior: SimulatedBehavior
    ) -> SimulatedVerdict? {
        if case .world = behavior, let verdict = self.oracle?.verdict(on: order) {
            return switch verdict {
            case .approved: .approved
            case .declined(let code): .declined(code)
            }
        }
        return behavior.verdict(of: order)
    }

    /// What the caller hears, which may be less than what happened.
    private static func answer(
        _ verdict: SimulatedVerdict?, _ behavior: SimulatedBehavior, _ key: GatewayKey
    ) -> AttemptOutcome {
        guard let verdict, behavior != .unknown else { return .unknown }
        return Self.outcome(verdict, behavior, key)
    }

    private static func outcome(
        _ verdict: SimulatedVerdict, _ behavior: SimulatedBehavior, _ key: GatewayKey
    ) -> AttemptOutcome {
        switch verdict {
        case .approved:
            // Ladder runs count bytes: their charges have no ids.
            if case .ladder = behavior { return .approved(chargeID: "") }
            return .approved(chargeID: Self.chargeID(key))
        case .approvedInPart(let minor):
            return .approvedInPart(chargeID: Self.chargeID(key), amountMinor: minor)
        case .declined(let code): return .declined(DeclineCodes(code: code), chargeID: "")
        case .technical: return .technicalFailure(DeclineCodes(code: "processing_error"))
        }
    }

    private static func chargeID(_ key: GatewayKey) -> String { "ch_sim_" + hexadecimal(key.low) }

    // MARK: Memory

    private static func line(_ order: ChargeOrder, _ verdict: SimulatedVerdict) -> [UInt8] {
        SimulatedLedger.line(
            for: SimulatedLedger.ChargeFacts(
                key: order.key, account: order.account.key, obligation: order.obligation,
                attempt: order.attempt), verdict: verdict)
    }

    /// Books first, memory second.
    private static func keep(
        _ lines: [UInt8], _ drafts: [GatewayKey: SimulatedVerdict], _ books: inout Books
    ) -> SimulatedLedger.Appended {
        guard !books.isUnclear else { return .unclear }
        if !lines.isEmpty, let appended = books.ledger?.append(lines), appended != .durable {
            books.isUnclear = appended == .unclear
            return appended
        }
        for (key, verdict) in drafts { books.remember(key, verdict) }
        return .durable
    }

    /// Reads `dun_` and 32 hex digits.
    private static func key(_ text: String) -> GatewayKey? {
        let digits = text.dropFirst("dun_".count)
        guard text.hasPrefix("dun_"), digits.utf8.count == 32,
            let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        return GatewayKey(high: high, low: low)
    }

    // MARK: Billing

    package func perform(_ order: EndActionOrder) async -> EffectOutcome {
        self.books.withLock { books in
            guard books.endActions.count < Self.endActionsMax else { return }
            let performed = Performed(account: order.account, effect: order.effect)
            guard books.performed.insert(performed).inserted else { return }
            books.endActions.append(order)
        }
        return .done(reference: "simulated")
    }

    /// The end actions that were asked for, in order, each once.
    package var endActions: [EndActionOrder] { self.books.withLock { $0.endActions } }

    package func openInvoices(after cursor: String?) async throws(BillingError) -> InvoicePage {
        InvoicePage(events: [], obligations: [], next: nil)
    }

    package func changes(
        ofObligations ids: [String], tenant: String
    ) async throws(BillingError) -> [IntakeEvent] {
        []
    }

    package func check() async -> [CheckFinding] {
        [CheckFinding(severity: .good, message: "the simulated gateway needs no settings")]
    }
}

package import DunlinCore

/// Charges stored payment methods and says what became of a charge (Law 2).
package protocol PaymentGateway: Sendable {
    var traits: GatewayTraits { get }

    /// Sends the charges and answers each, in order. Never throws: an answer that was lost is
    /// ``AttemptOutcome/unknown``, and a charge that surely was not sent is `notSent`.
    ///
    /// Must use `order.key` as the idempotency key and send amount, currency and method as given.
    func charge(_ orders: [ChargeOrder]) async -> [AttemptOutcome]

    /// Says what became of charges whose answer was lost. It may send the same charge with the
    /// same key again only where the gateway surely remembers the key and `mayResend` is set.
    ///
    /// Answers In order; `notSent(.notFound)` when it surely never happened, and
    ///   ``AttemptOutcome/unknown`` when that cannot be told yet.
    func lookUp(_ orders: [ChargeLookUp]) async -> [AttemptOutcome]

    /// What is known of a card now, where its issuer may have renewed it (an account updater).
    ///
    /// Answers `nil` when nothing is known or the gateway cannot tell.
    func newerCard(of account: EntityKey, method: PaymentMethod) async -> PaymentMethod?
}

extension PaymentGateway {
    /// A gateway without an account updater.
    package func newerCard(of account: EntityKey, method: PaymentMethod) async -> PaymentMethod? {
        nil
    }
}

/// A gateway that answers at once and in memory: the simulated one.
///
/// The shard calls it right after the commit, without a task.
package protocol ImmediateGateway: PaymentGateway {
    func chargeNow(_ orders: [ChargeOrder]) -> [AttemptOutcome]
    func lookUpNow(_ orders: [ChargeLookUp]) -> [AttemptOutcome]
}

/// What an operator and the engine must know about a gateway.
package struct GatewayTraits: Sendable, Equatable {
    /// `stripe`, `simulated`.
    package var name: String
    /// How long the gateway surely remembers an idempotency key, in real milliseconds; 0 when it
    /// does not: then an unknown attempt is only looked up, never sent again.
    package var keyRetentionMs: Int64
    /// Charges that may be on their way at once.
    package var concurrencyMax: Int
    /// It can be asked whether an issuer renewed a card.
    package var readsCards: Bool
    /// It charges less than an invoice's whole amount.
    package var takesParts: Bool

    package init(
        name: String, keyRetentionMs: Int64, concurrencyMax: Int, readsCards: Bool = false,
        takesParts: Bool = true
    ) {
        self.name = name
        self.keyRetentionMs = keyRetentionMs
        self.concurrencyMax = concurrencyMax
        self.readsCards = readsCards
        self.takesParts = takesParts
    }
}

/// One charge, frozen in its intent.
package struct ChargeOrder: Sendable, Equatable {
    package var account: EntityKey
    /// The billing system's invoice id.
    package var obligation: String
    /// Counted from 1 over the case's attempts that left us; an attempt that was not sent frees
    /// its place. The key, not this, names the attempt.
    package var attempt: UInt32
    package var key: GatewayKey
    package var amount: Money
    /// The gateway's token; empty for the customer's default.
    package var methodToken: String
    /// Domain time of the intent.
    package var intendedAt: Timestamp
    /// The least that may be charged instead of the amount, in minor units; 0 for all or nothing.
    /// Only for gateways with ``GatewayTraits/takesParts``.
    package var floorMinor: Int64

    package init(
        account: EntityKey, obligation: String, attempt: UInt32, key: GatewayKey, amount: Money,
        methodToken: String, intendedAt: Timestamp, floorMinor: Int64 = 0
    ) {
        self.account = account
        self.obligation = obligation
        self.attempt = attempt
        self.key = key
        self.amount = amount
        self.methodToken = methodToken
        self.intendedAt = intendedAt
        self.floorMinor = floorMinor
    }
}

/// A question about an earlier charge.
package struct ChargeLookUp: Sendable, Equatable {
    package var order: ChargeOrder
    /// Real milliseconds since the intent; `nil` when the wall's clock cannot be trusted, which
    /// counts as "too old to send again".
    package var ageMs: Int64?
    /// The obligation is still open and wanted: the same key may be sent again.
    package var mayResend: Bool
    /// How often it was asked before.
    package var lookUps: UInt32

    package init(order: ChargeOrder, ageMs: Int64?, mayResend: Bool, lookUps: UInt32) {
        self.order = order
        self.ageMs = ageMs
        self.mayResend = mayResend
        self.lookUps = lookUps
    }
}

package import DunlinCore

/// The merchant's billing system: where obligations come from and end actions go to.
package protocol BillingSystem: Sendable {
    /// Performs one end action. Repeating one that was done is answered as done.
    func perform(_ order: EndActionOrder) async -> EffectOutcome

    /// One page of open invoices as intake events, for reconciliation and import; webhooks get
    /// lost, so this finds what they did not bring.
    ///
    /// `cursor`: What the page before returned; `nil` for the first page.
    /// Throws ``BillingError`` when the billing system did not answer usefully.
    func openInvoices(after cursor: String?) async throws(BillingError) -> InvoicePage

    /// What became of invoices that we hold a case for and that are no longer in the open list.
    ///
    /// Answers Intake events (paid, voided, still failing) that are safe to take repeatedly.
    func changes(
        ofObligations ids: [String], tenant: String
    ) async throws(BillingError)
        -> [IntakeEvent]

    /// Tries the credentials and settings; each finding is one sentence with the remedy.
    func check() async -> [CheckFinding]
}

/// One page of what a billing system says is open.
package struct InvoicePage: Sendable {
    /// A failed payment for each open invoice that was attempted and failed.
    package var events: [IntakeEvent]
    /// Invoices seen on the page, whether or not they led to an event.
    package var obligations: [String]
    /// `nil` on the last page.
    package var next: String?

    package init(events: [IntakeEvent], obligations: [String], next: String?) {
        self.events = events
        self.obligations = obligations
        self.next = next
    }
}

/// One end action, with everything that it needs.
package struct EndActionOrder: Sendable, Equatable {
    package var account: EntityKey
    package var obligation: String
    /// Empty when the obligation belongs to none.
    package var subscription: String
    package var action: EndAction
    /// Stable over repeats.
    package var effect: RecordPosition
    /// The plan to change to, for a downgrade; else empty.
    package var plan: String
    /// What is open of the invoice, in minor units.
    package var openMinor: Int64

    /// The reason of a refusal that says: this billing system has no such action.
    package static let notOffered = "not_offered"
    /// The reference of an action that the merchant's own app was asked to do.
    package static let requested = "requested"

    package init(
        account: EntityKey, obligation: String, subscription: String, action: EndAction,
        effect: RecordPosition, plan: String = "", openMinor: Int64 = 0
    ) {
        self.account = account
        self.obligation = obligation
        self.subscription = subscription
        self.action = action
        self.effect = effect
        self.plan = plan
        self.openMinor = openMinor
    }
}

/// One thing that a check of a billing system found.
package struct CheckFinding: Sendable, Equatable {
    package enum Severity: String, Sendable {
        case good
        case warning
        case problem
    }

    package var severity: Severity
    package var message: String

    package init(severity: Severity, message: String) {
        self.severity = severity
        self.message = message
    }
}

/// Why the billing system gave no useful answer.
package struct BillingError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unreachable
        case unauthorized
        case rateLimited
        case invalidAnswer
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.code.rawValue): \(self.message)" }
}

import Crypto
import DunlinCore
import DunlinPorts
import Foundation

/// The JSON that a merchant's app receives: `{type, timestamp, data}`. Amounts are whole numbers in
/// the currency's minor unit. No personal field is in it: the app knows its customer by the id.
struct WebhookPayload: Encodable {
    var type: String
    /// When it happened, in domain time, RFC 3339.
    var timestamp: String
    var data: Content

    struct Content: Encodable {
        var tenant: String
        var account: String
        var access: Access
        var dunningCase: Case?
        var attempt: Attempt?
        var payment: Payment?
        var endAction: EndActionResult?
        var message: Message?
        /// Why it happened, in one word: `timeline`, `endReached`.
        var reason: String?

        enum CodingKeys: String, CodingKey {
            case tenant, account, access, attempt, payment, message, reason
            case dunningCase = "case"
            case endAction = "end_action"
        }
    }

    struct Access: Encodable {
        /// The worst of the account's subscriptions.
        var account: String
        /// The subscription whose access changed; left out for the account as a whole.
        var subscription: String?
        /// Its new state, for `access.changed` only.
        var state: String?
    }

    struct Case: Encodable {
        var number: UInt32
        var phase: String
        var policy: String
        var obligation: String
        var subscription: String?
        var amountMinor: Int64
        var collectedMinor: Int64
        var openMinor: Int64
        var currency: String
        var declineClass: String
        var attempts: UInt32
        var openedAt: String
        var closedAt: String?
        var nextAttemptAt: String?
        var nextAccessAt: String?
        var endsAt: String?
        /// Recovered by an attempt of ours, not elsewhere.
        var recoveredByUs: Bool
    }

    struct Attempt: Encodable {
        var number: UInt32?
        var verdict: String?
        var collectedMinor: Int64?
        var amountMinor: Int64?
        var currency: String?
        var chargeId: String?
        var declineClass: String?
        var code: String?
        var occurredAt: String?
    }

    struct Payment: Encodable {
        var obligation: String
        var collectedMinor: Int64
        var occurredAt: String
    }

    struct EndActionResult: Encodable {
        var action: String?
        var verdict: String
        var reference: String?
    }

    struct Message: Encodable {
        var isAccepted: Bool
        var contactIsDead: Bool
    }

    init(_ announcement: Announcement) {
        let record = announcement.record
        self.type = WebhookType(announcement).rawValue
        self.timestamp = record.at.description
        self.data = Content(
            tenant: announcement.account.tenant, account: announcement.account.key,
            access: Access(account: announcement.access.name),
            dunningCase: announcement.dunningCase.map(Case.init))
        self.add(record.event, currency: announcement.dunningCase?.obligation.currency)
    }

    /// Sorted keys: the same announcement gives the same bytes, which are what is signed.
    func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return Array(try encoder.encode(self))
    }

    /// Stable over tries, restarts and nodes: a repeat is recognised by it.
    static func id(_ announcement: Announcement) -> String {
        Self.id("\(announcement.record.at.ms)", of: announcement.account, announcement.position)
    }

    /// `kind` keeps apart what one record of one account causes.
    static func id(_ kind: String, of account: EntityKey, _ position: RecordPosition) -> String {
        let parts = [account.tenant, account.key, "\(position.op)", "\(position.index)", kind]
        let digest = SHA256.hash(data: Data(parts.joined(separator: "\0").utf8))
        return "msg_"
            + digest.prefix(16).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
    }

    private mutating func add(_ event: AccountEvent, currency: Currency?) {
        switch event {
        case .caseOpened(let opened):
            self.data.reason = opened.decline.declineClass.name
        case .caseUpdated(let updated): self.data.reason = updated.reason.name
        case .caseClosed(let closed): self.data.reason = closed.reason.name
        case .attemptSettled(let settled):
            self.data.attempt = Attempt(settled, currency: currency)
        case .attemptReported(let reported): self.data.attempt = Attempt(reported)
        case .paymentRecorded(let payment):
            self.data.payment = Payment(
                obligation: payment.obligation, collectedMinor: payment.collectedMinor,
                occurredAt: payment.occurredAt.description)
        case .accessChanged(let changed):
            self.data.access.subscription = optional(changed.subscription)
            self.data.access.state = changed.state.name
            self.data.reason = changed.reason.name
        case .messageSettled(let settled):
            self.data.message = Message(
                isAccepted: settled.wasAccepted, contactIsDead: settled.contactIsDead)
        case .effectSettled(let settled) where settled.kind == .endAction:
            let action = UInt8(exactly: settled.argument).flatMap(EndAction.init(rawValue:))
            let isRequested = settled.reference == EndActionOrder.requested
            self.data.endAction = EndActionResult(
                action: action?.name, verdict: isRequested ? "requested" : "\(settled.verdict)",
                reference: optional(settled.reference))
        case .effectSettled, .attemptIntended, .attemptWithheld, .lookUpIntended, .methodRecorded,
            .methodRemoved, .profileChanged, .messageIntended, .messageSkipped,
            .endActionIntended, .keyCreated, .keyDestroyed, .intakeNoted, .debitPending,
            .consentChanged, .accountFlagged, .receiptNoted, .replyNoted,
            .upcomingChargeNoted, .noticePlanned, .noticeIntended, .noticeSkipped,
            .budgetReportPosted, .budgetHeard:
            break
        }
    }
}

extension WebhookPayload.Case {
    init(_ source: DunningCase) {
        self.init(
            number: source.number, phase: source.phase.name, policy: source.policy,
            obligation: source.obligation.id,
            subscription: optional(source.obligation.subscription),
            amountMinor: source.obligation.amountMinor,
            collectedMinor: source.obligation.collectedMinor,
            openMinor: source.openMinor, currency: source.obligation.currency.code,
            declineClass: source.decline.declineClass.name, attempts: source.attempts,
            openedAt: source.openedAt.description, closedAt: optional(source.closedAt),
            nextAttemptAt: optional(source.plan.attemptAt),
            nextAccessAt: optional(source.plan.accessAt), endsAt: optional(source.plan.endAt),
            recoveredByUs: source.flags.contains(.recoveredByUs))
    }
}

extension WebhookPayload.Attempt {
    init(_ settled: AttemptSettled, currency: Currency?) {
        self.init(
            number: settled.attempt, verdict: "\(settled.verdict)",
            collectedMinor: settled.collectedMinor, currency: currency?.code,
            chargeId: optional(settled.chargeID), declineClass: settled.decline?.declineClass.name,
            code: settled.decline.flatMap { optional($0.code) })
    }

    init(_ reported: AttemptReported) {
        self.init(
            amountMinor: reported.mark.amountMinor, currency: reported.mark.currency.code,
            declineClass: reported.decline?.declineClass.name,
            code: reported.decline.flatMap { optional($0.code) },
            occurredAt: reported.mark.at.description)
    }
}

/// Empty means not known: left out.
func optional(_ text: String) -> String? { text.isEmpty ? nil : text }

/// Zero means never: left out.
func optional(_ instant: Timestamp) -> String? {
    instant.ms == 0 ? nil : instant.description
}

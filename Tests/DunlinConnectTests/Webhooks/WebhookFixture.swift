import DunlinCore
import DunlinPorts
import Foundation

@testable import DunlinConnect

/// Announcements and settings that webhook tests share.
enum WebhookFixture {
    static let account = EntityKey(tenant: "acme", key: "cus_1")
    /// 32 bytes from 0 on.
    static let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    static let otherSecret = "whsec_" + Data(repeating: 9, count: 24).base64EncodedString()
    static let at = CivilTime(year: 2026, month: 1, day: 2).utc

    static func settings(
        _ url: String, _ change: (inout WebhookSettings) -> Void = { _ in }
    ) -> WebhookSettings {
        var settings = WebhookSettings(
            endpoints: ["acme": WebhookEndpoint(url: url, secrets: [Self.secret])])
        change(&settings)
        return settings
    }

    static func dunningCase(
        _ phase: CasePhase = .retrying, closedAt: Timestamp = Timestamp(ms: 0)
    ) -> DunningCase {
        var dunningCase = DunningCase(
            number: 1, phase: phase, bundle: BundleID(7), policy: "standard",
            obligation: Obligation(
                id: "in_1", subscription: "sub_1", amountMinor: 4200, currency: .eur),
            openedAt: Self.at, anchor: Self.at,
            decline: Decline(declineClass: .softFunds, advice: .wait, code: "insufficient_funds"),
            plan: CasePlan(attemptAt: Self.at.advanced(byMs: Milliseconds.day)))
        dunningCase.closedAt = closedAt
        return dunningCase
    }

    static func update(_ phase: CasePhase = .retrying) -> CaseUpdate {
        CaseUpdate(caseNumber: 1, phase: phase, plan: CasePlan(), flags: [], rung: 0)
    }

    static func announcement(
        _ event: AccountEvent? = nil, index: UInt32 = 0, account: EntityKey = Self.account,
        dunningCase: DunningCase? = Self.dunningCase(), access: AccessState = .full
    ) -> Announcement {
        let opened = AccountEvent.accessChanged(
            AccessChanged(
                update: nil, subscription: "sub_1", state: .suspended, reason: .timeline,
                accessSteps: 1))
        return Announcement(
            account: account, position: RecordPosition(op: 12, index: index),
            record: RecordedEvent(at: Self.at, event: event ?? opened, isAnnounced: true),
            access: access, dunningCase: dunningCase)
    }
}

import DunlinCore

extension AccountEvent {
    /// What is particular to the events around messages; empty for others.
    var peopleDetails: JSONValue {
        switch self {
        case .consentChanged(let event):
            [
                "channel": .string(event.consent.channel.name),
                "purpose": .string(event.consent.purpose.name),
                "granted": .bool(event.consent.isGranted),
                "said_at": .instant(event.consent.at), "source": .text(event.consent.source),
                "by_reply": .bool(event.isByReply),
            ]
        case .accountFlagged(let event):
            [
                "flag": .string(event.flag.name), "set": .bool(event.isSet),
                "reason": .text(event.reason),
            ]
        case .receiptNoted(let event):
            [
                "receipt": .string(event.kind.name), "channel": .string(event.channel.name),
                "occurred_at": .instant(event.occurredAt),
            ]
        case .replyNoted(let event):
            ["meaning": .string(event.meaning.name), "channel": .string(event.channel.name)]
        case .upcomingChargeNoted(let event):
            ["charge": event.charge.json, "canceled": .bool(event.isCanceled)]
        case .noticePlanned(let event): ["at": .instant(event.at)]
        case .noticeIntended(let event):
            [
                "step": .string(event.name), "template": .string(event.template),
                "channel": .string(event.channel.name), "about": .string(event.subject.kind.name),
                "charge": event.subject.charge?.json, "permit": event.permit.json,
            ]
        case .noticeSkipped(let event):
            [
                "step": .string(event.name), "about": .string(event.subject.kind.name),
                "charge": event.subject.charge?.json, "reason": .string(event.reason.name),
            ]
        default: [:]
        }
    }
}

extension UpcomingCharge {
    package var json: JSONValue {
        [
            "charge_id": .string(self.id), "subscription_id": .text(self.subscription),
            "amount_minor": .integer(self.amountMinor), "currency": .string(self.currency.code),
            "due_at": .instant(self.dueAt),
        ]
    }
}

extension SendPermit {
    package var json: JSONValue {
        [
            "hours_version": .integer(self.version),
            "rules": .array(self.rules.map { .integer($0) }),
            "zones": .array(self.zones.map { .string($0) }),
            "cap_used": .integer(self.capUsed), "cap_max": .integer(self.capMax),
            "consent": .bool(self.hasConsent), "passed": .passed(self.passed),
        ]
    }
}

extension JSONValue {
    /// Channels that could not be used, with the reason of each.
    static func passed(_ channels: [PassedChannel]) -> JSONValue {
        .array(
            channels.map {
                ["channel": .string($0.channel.name), "reason": .string($0.reason.name)]
            })
    }
}

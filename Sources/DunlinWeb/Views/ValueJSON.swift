package import DunlinCore

extension JSONValue {
    /// RFC 3339 in UTC; `nil` for the instant zero, which stands for never.
    package static func instant(_ instant: Timestamp) -> JSONValue? {
        instant.ms == 0 ? nil : .string(instant.description)
    }

    /// `nil` for an empty text.
    package static func text(_ text: String) -> JSONValue? {
        text.isEmpty ? nil : .string(text)
    }

    /// The words of each flag that is set.
    package static func flags(_ flags: DunningCase.Flags) -> JSONValue {
        .array(flags.names.map { .string($0) })
    }
}

extension DunningCase.Flags {
    private static let named: [(name: String, flag: DunningCase.Flags)] = [
        ("paused", .paused), ("foreign_retries", .foreignRetries), ("unreachable", .unreachable),
        ("overcharged", .overcharged), ("recovered_by_us", .recoveredByUs),
        ("withheld", .withheld),
    ]

    /// As JSON and queries spell them, in a fixed order.
    package var names: [String] {
        Self.named.filter { self.contains($0.flag) }.map(\.name)
    }

    /// Every name that ``init(name:)`` reads.
    package static var allNames: [String] { Self.named.map(\.name) }

    package init?(name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.flag
    }
}

extension Decline {
    package var json: JSONValue {
        [
            "class": .string(self.declineClass.name), "advice": .string(self.advice.name),
            "code": .text(self.code), "network_code": .text(self.networkCode),
            "advice_code": .text(self.adviceCode),
            "minimum_delay_ms": self.minimumDelayMs == 0 ? nil : .integer(self.minimumDelayMs),
            "further_tries_max": self.furtherTriesMax == 0 ? nil : .integer(self.furtherTriesMax),
        ]
    }
}

extension CredentialStanding {
    package var json: JSONValue {
        [
            "blocked_by": self.blockedBy.map { .string($0.name) },
            "class": self.declineClass == .unmapped ? nil : .string(self.declineClass.name),
            "not_before": .instant(self.notBefore),
            "tries_left": self.triesLeft.map { .integer($0) },
        ]
    }
}

extension CasePlan {
    package var json: JSONValue {
        [
            "attempt_at": .instant(self.attemptAt),
            "attempt_reason": .string(self.attemptReason.name),
            "message_at": .instant(self.messageAt),
            "message_step": self.messageAt.ms == 0 ? nil : .integer(self.messageStep),
            "access_at": .instant(self.accessAt), "end_at": .instant(self.endAt),
        ]
    }
}

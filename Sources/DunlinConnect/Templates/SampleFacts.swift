import DunlinCore
import DunlinPorts

/// Facts to try templates with: every wording, with and without what may be missing.
enum SampleFacts {
    static let merchant = MerchantIdentity(name: "Example", support: "help@example.com")

    /// One decline class of each group that has a wording of its own.
    static let all: [MessageFacts] = ReasonGroup.allCases.flatMap { group in
        DeclineClass.allCases.filter { ReasonGroup($0) == group }.prefix(1).flatMap {
            [Self.full($0), Self.sparse($0)]
        }
    }

    static func full(_ declineClass: DeclineClass) -> MessageFacts {
        var facts = MessageFacts(
            tenant: EntityKey.mainTenant, amount: Money(minor: 4200, currency: .eur),
            obligation: "in_1", dueAt: Timestamp(ms: 1_767_225_600_000),
            declineClass: declineClass, lastFour: "4242", network: .visa,
            link: "https://example.com/pay", nextAttemptAt: Timestamp(ms: 1_767_484_800_000),
            nextAccess: .suspended, nextAccessAt: Timestamp(ms: 1_768_435_200_000), zone: .utc)
        facts.isBackup = true
        return facts
    }

    static func sparse(_ declineClass: DeclineClass) -> MessageFacts {
        MessageFacts(
            tenant: EntityKey.mainTenant, amount: Money(minor: 4200, currency: .eur),
            obligation: "in_1", dueAt: Timestamp(ms: 0), declineClass: declineClass,
            lastFour: "", network: .unknown, link: "", nextAttemptAt: Timestamp(ms: 0),
            nextAccess: nil, nextAccessAt: Timestamp(ms: 0), zone: .utc)
    }
}

/// The files that come with Dunlin: data that a bundle starts from. They are part of the program,
/// so that it may be copied anywhere as one file.
package enum BuiltInSources {
    /// The policy of tenants that name none (`standard`).
    package static var defaultPolicy: PolicyText {
        PolicyText(file: "default.yaml", text: Self.text(PackageResources.default_yaml))
    }

    /// Four attempts and nothing else (`ladder`): the policy that the load ladder is measured with.
    package static var ladderPolicy: PolicyText {
        PolicyText(file: "ladder.yaml", text: Self.text(PackageResources.ladder_yaml))
    }

    package static var declineMap: String { Self.text(PackageResources.decline_map_yaml) }

    /// Cards, direct debits and countries: one file for each family.
    package static var rules: [PolicyText] {
        [
            PolicyText(file: "rules/cards.yaml", text: Self.text(PackageResources.cards_yaml)),
            PolicyText(file: "rules/ach.yaml", text: Self.text(PackageResources.ach_yaml)),
            PolicyText(file: "rules/sepa.yaml", text: Self.text(PackageResources.sepa_yaml)),
            PolicyText(file: "rules/bacs.yaml", text: Self.text(PackageResources.bacs_yaml)),
            PolicyText(file: "rules/india.yaml", text: Self.text(PackageResources.india_yaml)),
        ]
    }

    /// Eight tries and four messages (`w2`): the policy that the payment world is measured with.
    package static var worldPolicy: PolicyText {
        PolicyText(file: "w2.yaml", text: Self.text(PackageResources.w2_yaml))
    }

    /// The payment world that load tests run in.
    package static var world: PolicyText {
        PolicyText(file: "world.yaml", text: Self.text(PackageResources.world_yaml))
    }

    package static var contactHours: String { Self.text(PackageResources.contact_hours_yaml) }

    /// Policies of three kinds of company, to begin one's own with. None is in force by itself.
    package static var examples: [PolicyText] {
        [
            PolicyText(file: "streaming.yaml", text: Self.text(PackageResources.streaming_yaml)),
            PolicyText(file: "saas.yaml", text: Self.text(PackageResources.saas_yaml)),
            PolicyText(
                file: "direct-debit-eu.yaml", text: Self.text(PackageResources.direct_debit_eu_yaml)
            ),
        ]
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A policy file: its name, for messages, and its text.
package struct PolicyText: Hashable, Sendable, Codable {
    package var file: String
    package var text: String

    package init(file: String, text: String) {
        self.file = file
        self.text = text
    }
}

/// One fact from outside on its way to an account, before its personal fields are sealed.
package struct IntakeEvent: Sendable {
    /// Always of kind ``EntityKind/account``.
    package var key: EntityKey
    package var facts: IntakeFacts
    /// Addresses in the clear; the node seals them before anything is decided or journaled.
    package var personal: [PersonalContact]

    package init(key: EntityKey, facts: IntakeFacts, personal: [PersonalContact] = []) {
        self.key = key
        self.facts = facts
        self.personal = personal
    }
}

/// An address in the clear. Never logged, journaled or described.
package struct PersonalContact: Sendable, Equatable {
    package var channel: Channel
    package var address: String

    package init(channel: Channel, address: String) {
        self.channel = channel
        self.address = address
    }
}

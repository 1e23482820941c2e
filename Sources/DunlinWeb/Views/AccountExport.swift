package import DunlinCore
package import DunlinPorts

/// Everything that is held about one customer, for the right of access (GDPR Art. 15) and of
/// portability (Art. 20): the addresses in clear, what is known, and the whole timeline.
package struct AccountExport: Sendable {
    package var view: AccountView
    /// Empty when none is held or the person was erased.
    package var contacts: [PersonalContact]
    package var timeline: Timeline

    /// The newest records of a timeline that an export holds; it says where it starts when there
    /// are more.
    package static let recordsMax = 10_000

    /// Answers `nil` for an account that was never heard of.
    package init?(of key: EntityKey, from node: any NodeService) async throws(NodeError) {
        guard let view = try await node.accounts([key]).first ?? nil,
            let contacts = try await node.contacts(key),
            let timeline = try await node.timeline(key, limit: Self.recordsMax)
        else { return nil }
        self.view = view
        self.contacts = contacts
        self.timeline = timeline
    }

    package var json: JSONValue {
        [
            "format": "dunlin account export 1",
            "account": self.view.json,
            "contacts": .array(
                self.contacts.map {
                    ["channel": .string($0.channel.name), "address": .string($0.address)]
                }),
            "timeline": self.timeline.json,
        ]
    }
}

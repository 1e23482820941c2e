/// One record of the journal: one event of one entity, and where that entity's last one lies.
package struct JournalRecord: Hashable, Sendable {
    /// Whom it is about, and so what it may say.
    package enum Content: Hashable, Sendable {
        case account(RecordedEvent)
        case tenant(TenantEvent, at: Timestamp)
        case shard(ShardEvent, at: Timestamp)
        /// Of a card or an address.
        case budget(SharedBudgetEvent, at: Timestamp)
    }

    /// For a shard's own events ``EntityKey/shard``.
    package var key: EntityKey
    /// The same entity's record before this one; ``RecordPosition/none`` for its first.
    package var previous: RecordPosition
    package var content: Content

    package init(key: EntityKey, previous: RecordPosition, content: Content) {
        self.key = key
        self.previous = previous
        self.content = content
    }

    package var kind: EventKind {
        switch self.content {
        case .account(let recorded): recorded.event.kind
        case .tenant(let event, _): event.kind
        case .shard(let event, _): event.kind
        case .budget(let event, _): event.kind
        }
    }

    package var at: Timestamp {
        switch self.content {
        case .account(let recorded): recorded.at
        case .tenant(_, let instant), .shard(_, let instant), .budget(_, let instant): instant
        }
    }
}

import DunlinCluster
import DunlinPorts

/// A record as the store has it, with the revisions that the next transaction compares.
struct StoredRecord: Sendable {
    var record: ClusterRecord
    /// By key, without the prefix.
    private var modRevisions: [String: UInt64]

    /// `nil` when the store holds no cluster.
    init?(_ entries: StoredEntries, prefix: String) throws(RecordTextError) {
        var texts: [(key: String, text: String)] = []
        self.modRevisions = [:]
        for entry in entries.entries {
            let key = String(entry.key.dropFirst(prefix.count))
            texts.append((key, String(decoding: entry.value, as: UTF8.self)))
            self.modRevisions[key] = entry.modRevision
        }
        guard let record = try ClusterRecord(texts: texts) else { return nil }
        self.record = record
    }

    /// A cluster that is not stored yet.
    private init(new record: ClusterRecord) {
        self.record = record
        self.modRevisions = [:]
    }

    /// What makes a cluster where there is none.
    static func creation(
        of record: ClusterRecord, token: LeaderToken, prefix: String
    ) -> StoreTransaction {
        let empty = StoredRecord(new: record)
        return empty.transaction(
            record.texts(since: nil), token: token, prefix: prefix)
    }

    /// What makes the stored record `next`. Every key that it writes is compared, the revision is
    /// always among them, and so is the leader's token (R10).
    func transaction(
        to next: ClusterRecord, token: LeaderToken, prefix: String
    ) -> StoreTransaction {
        self.transaction(next.texts(since: self.record), token: token, prefix: prefix)
    }

    /// The record after its transaction was committed.
    func committed(_ next: ClusterRecord, at revision: UInt64) -> StoredRecord {
        var stored = self
        for (key, _) in next.texts(since: self.record) { stored.modRevisions[key] = revision }
        stored.record = next
        return stored
    }

    private func transaction(
        _ texts: [(key: String, text: String)], token: LeaderToken, prefix: String
    ) -> StoreTransaction {
        var transaction = StoreTransaction(conditions: [token.condition])
        for (key, text) in texts {
            let whole = prefix + key
            if let revision = self.modRevisions[key] {
                transaction.conditions.append(.modified(key: whole, revision: revision))
            } else {
                transaction.conditions.append(.absent(key: whole))
            }
            transaction.changes.append(.put(key: whole, value: Array(text.utf8)))
        }
        return transaction
    }
}

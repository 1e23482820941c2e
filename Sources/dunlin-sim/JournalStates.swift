import DunlinCore
import DunlinPorts

/// Accounts as the journal alone gives them.
struct JournalStates {
    private var states: [String: AccountState] = [:]

    init(_ journal: any JournalStore, shards: UInt32) {
        for shard in 0..<shards {
            for batch in (try? journal.batches(shard: shard, fromOp: 1, limit: .max)) ?? [] {
                var reader = BatchReader(batch.records)
                while let record = (try? reader.next()) ?? nil {
                    guard case .account(let event) = record.content else { continue }
                    let position = RecordPosition(op: batch.op, index: reader.index - 1)
                    self.states[record.key.key, default: AccountState()]
                        .evolve(event, at: position)
                }
            }
        }
    }

    subscript(account: String) -> AccountState? { self.states[account] }
}

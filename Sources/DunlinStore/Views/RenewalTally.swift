import DunlinCore
import GRDB

/// What the batches of one transaction say of renewals, to be added to the table.
struct RenewalTally {
    private struct Name: Hashable {
        var tenant: String
        var day: Int64
        var shard: UInt32
    }

    private struct Sum {
        /// Any account of the shard.
        var account: String
        var row: RenewalRow
    }

    private var sums: [Name: Sum] = [:]

    /// Counts an event that says that a renewal failed or was paid at once.
    mutating func take(_ recorded: RecordedEvent, of account: EntityKey, shard: UInt32) {
        let (failed, paid) = Self.counts(recorded.event)
        guard failed + paid > 0 else { return }
        let name = Name(
            tenant: account.tenant, day: recorded.at.ms / Milliseconds.day, shard: shard)
        let row = RenewalRow(tenant: account.tenant, day: name.day, failed: failed, paid: paid)
        if self.sums[name]?.row.add(row) == nil {
            self.sums[name] = Sum(account: account.key, row: row)
        }
    }

    private static func counts(_ event: AccountEvent) -> (failed: Int64, paid: Int64) {
        switch event {
        // Money that the bank took back had come.
        case .caseOpened(let opened): (opened.isReturn ? 0 : 1, 0)
        case .attemptReported(let reported):
            (reported.update != nil && reported.mark.flags.contains(.original) ? 1 : 0, 0)
        case .paymentRecorded(let payment): (0, payment.update == nil ? 1 : 0)
        default: (0, 0)
        }
    }

    func store(_ db: Database) throws {
        for (name, sum) in self.sums {
            try ViewTables.add(sum.row, ofShard: name.shard, account: sum.account, db)
        }
    }
}

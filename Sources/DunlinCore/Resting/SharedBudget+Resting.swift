// Most cards and addresses are held by one account, which draws alone and has told nothing: such a
// budget rests in few bytes. Any other rests as its snapshot. The bytes stay in the process.

extension SharedBudget {
    private static let isSole: UInt8 = 1
    private static let isWhole: UInt8 = 2

    private var soleHolder: BudgetHolder? {
        guard self.holders.count == 1, self.orphans.isEmpty, let holder = self.holders.first,
            holder
                == BudgetHolder(
                    account: holder.account, mode: .sole, lastReport: holder.lastReport)
        else { return nil }
        return holder
    }

    /// Appends the resting budget.
    package func rest(into bytes: inout [UInt8]) {
        guard let holder = self.soleHolder else {
            bytes.append(Self.isWhole)
            bytes += self.packed()
            return
        }
        bytes.append(addingCapacity: 64 + holder.account.utf8.count) { out in
            out.append(Self.isSole)
            out.rest(self.lastAt.ms)
            out.rest(self.lastRecord.op)
            out.rest(self.lastRecord.index)
            out.rest(holder.lastReport.op)
            out.rest(holder.lastReport.index)
            out.rest(id: holder.account)
        }
    }

    /// Reads what ``rest(into:)`` wrote.
    package init(resting bytes: [UInt8]) throws(RecordError) {
        guard bytes.first == Self.isSole else {
            guard bytes.first == Self.isWhole else { throw .malformed }
            try self.init(packed: Array(bytes.dropFirst()))
            return
        }
        var reader = RestingReader(bytes)
        _ = try reader.byte()
        self.init()
        self.lastAt = Timestamp(ms: try reader.int64())
        self.lastRecord = RecordPosition(op: try reader.uint64(), index: try reader.uint32())
        let report = RecordPosition(op: try reader.uint64(), index: try reader.uint32())
        self.holders = [BudgetHolder(account: try reader.id(), mode: .sole, lastReport: report)]
    }
}

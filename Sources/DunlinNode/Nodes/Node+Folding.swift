import DunlinCore
import DunlinPorts
import Logging
import Synchronization

extension Node {
    /// Folds when the tail or the number of residents passes its limit; never by a timer, and not
    /// while a start replays: commands wait for that, and it reads no more than a tail.
    func foldWhenAsked() async {
        for await _ in self.foldSignal where self.phase != .starting {
            let limits = self.settings.limits
            let tail = self.counters.tailRecords.load(ordering: .relaxed)
            let resident = self.counters.resident.load(ordering: .relaxed)
            let budgets = self.counters.budgets.load(ordering: .relaxed)
            if tail > limits.tailRecordsMax || resident > limits.residentMax
                || budgets > limits.budgetsMax
            {
                await self.foldAll()
            }
            await self.passivate()
        }
    }

    /// Folds one shard at a time, all its dirty accounts in key order.
    func foldAll() async {
        for shard in self.shards { await self.fold(shard) }
    }

    private func fold(_ shard: Shard) async {
        guard let work = await shard.beginFold() else { return }
        do {
            try self.stores.rows.fold(shard: shard.index, rows: work.rows, foldedOp: work.op)
            await shard.endFold(work, error: nil)
        } catch {
            self.log.error("rows could not be folded", metadata: ["error": "\(error)"])
            await shard.endFold(work, error: error)
        }
    }

    /// Lets go of idle accounts until the limit holds with a tenth to spare.
    private func passivate() async {
        let limit = self.settings.limits.residentMax
        let excess = self.counters.resident.load(ordering: .relaxed) - limit
        guard excess > 0 else { return }
        let each = (excess + limit / 10) / self.shards.count + 1
        for shard in self.shards { _ = await shard.passivate(each) }
    }
}

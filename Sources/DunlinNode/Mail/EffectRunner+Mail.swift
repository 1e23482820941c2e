import DunlinCore
import DunlinPorts
import Logging

/// A word that a card or an address owes to an account.
struct WordWork: Sendable {
    let shard: Shard
    let budget: EntityKey
    /// The account's id; its tenant is the budget's.
    let account: String
    /// ``BudgetHolder/owedWord``.
    let id: RecordPosition
    /// The shard's memory that it belongs to.
    let generation: UInt64
    var tries = 0
}

extension EffectRunner {
    /// Brings an account's report to a card or an address, and its answer back.
    func report(_ work: EffectWork, _ effect: PendingEffect) async {
        guard await work.shard.lists(effect, of: work.account) else {
            // A newer report says all that this one says.
            work.shard.letGo(work)
            return
        }
        do {
            guard let (report, at) = try self.content(of: effect, work)
            else {
                self.log.error("a report to a shared budget is no longer in the journal")
                work.shard.letGo(work)
                return
            }
            let from = work.account.key
            let letter = EntityLetter(
                from: from, to: EntityKey(tenant: from.tenant, kind: report.kind, key: report.key),
                id: effect.id, at: at, content: .report(report))
            guard case .word(let word) = try await self.mail.deliver(letter) else {
                work.shard.letGo(work)
                return
            }
            work.shard.deliver(work, id: effect.id, word: word)
        } catch {
            self.log.warning(
                "a report to a shared budget will be sent again",
                metadata: ["tries": "\(work.tries + 1)", "error": "\(error)"])
            work.shard.letGo(work)
            var again = work
            again.tries += 1
            let next = again
            work.shard.executor.run(afterMs: Self.mailDelayMs(tries: work.tries)) {
                next.shard.takeUp(next)
            }
        }
    }

    private func content(
        of effect: PendingEffect, _ work: EffectWork
    ) throws -> (BudgetReport, Timestamp)? {
        if let posted = work.posted { return (posted.report, posted.at) }
        guard let recorded = try self.record(work.shard.index, effect.id),
            case .budgetReportPosted(let report) = recorded.event
        else { return nil }
        return (report, recorded.at)
    }

    /// Brings a word to an account, and notes that it was taken.
    func tell(_ work: WordWork) async {
        do throws(NodeError) {
            guard let letter = try await work.shard.owedLetter(work) else {
                work.shard.finished(work)
                return
            }
            _ = try await self.mail.deliver(letter)
            work.shard.taken(work)
        } catch {
            self.log.warning(
                "a word about a shared budget will be sent again",
                metadata: ["tries": "\(work.tries + 1)", "error": "\(error)"])
            work.shard.finished(work)
            var again = work
            again.tries += 1
            let next = again
            work.shard.executor.run(afterMs: Self.mailDelayMs(tries: work.tries)) {
                next.shard.post { $0.send(next) }
            }
        }
    }

    /// Real time before a letter is sent again, in ms: soon at first, since an attempt may wait.
    private static func mailDelayMs(tries: Int) -> Int64 { Int64(min(50 << min(tries, 9), 15000)) }
}

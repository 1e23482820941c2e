import DunlinCluster
import DunlinCore
import DunlinPorts

// Reports that stay on this node go from shard to shard: all of one commit to one shard together,
// without a task for each. Whatever cannot be taken that way goes to the runner, which tries again.

/// A report under way, with the effect that it is.
struct OpenLetter: Sendable {
    let work: EffectWork
    let letter: EntityLetter
}

/// What a card or an address said to one of them.
private struct HeardLetter: Sendable {
    let work: EffectWork
    let id: RecordPosition
    let word: BudgetWord
}

extension Shard {
    /// What an effect of a batch says; `nil` when the batch has no such report.
    static func report(of effect: PendingEffect, in reports: [OpenReport]) -> PostedReport? {
        var (low, high) = (0, reports.count)
        while low < high {
            let middle = (low + high) / 2
            if reports[middle].id < effect.id { low = middle + 1 } else { high = middle }
        }
        return low < reports.count && reports[low].id == effect.id ? reports[low].report : nil
    }

    func letter(
        of account: Account, _ effect: PendingEffect, _ posted: PostedReport
    ) -> OpenLetter {
        let from = account.key
        let report = posted.report
        var work = self.work(account, .budgetReport(effect))
        work.posted = posted
        return OpenLetter(
            work: work,
            letter: EntityLetter(
                from: from, to: EntityKey(tenant: from.tenant, kind: report.kind, key: report.key),
                id: effect.id, at: posted.at, content: .report(report)))
    }

    /// Hands letters to the shards of their receivers, each its own together and in order.
    func post(_ letters: [OpenLetter]) {
        let neighbours = self.environment.effects.mail.neighbours
        let map = self.environment.map
        guard neighbours.count == Int(map.shardCount) else { return self.forward(letters) }
        var byShard: [UInt32: [OpenLetter]] = [:]
        var order: [UInt32] = []
        for letter in letters {
            let shard = map.shard(of: letter.letter.to)
            if byShard[shard] == nil { order.append(shard) }
            byShard[shard, default: []].append(letter)
        }
        for shard in order {
            guard let part = byShard[shard] else { continue }
            neighbours[Int(shard)].post { receiver in
                receiver.whenRoom { $0.take(part, from: 0, heard: []) }
                receiver.afterWork()
            }
        }
    }

    /// By the runner, which knows other nodes and tries again.
    private nonisolated func forward(_ letters: [OpenLetter]) {
        for letter in letters { self.environment.effects.submit(letter.work) }
    }

    private func take(_ letters: [OpenLetter], from first: Int, heard: [HeardLetter]) {
        // Another node may lead the shard: the runner asks it.
        guard self.state == .active else {
            return self.forward(Self.unheard(letters, heard) + letters[first...])
        }
        var heard = heard
        if first == 0 { self.loadBudgets(letters.map(\.letter.to)) }
        for number in first..<letters.count {
            guard self.hasRoom else {
                // The rest goes before whatever else has waited.
                let soFar = heard
                self.waiting.insert({ $0.take(letters, from: number, heard: soFar) }, at: 0)
                return
            }
            let letter = letters[number]
            guard case .report(let report) = letter.letter.content,
                let word = try? self.take(report, letter.letter)
            else {
                self.forward([letter])
                continue
            }
            heard.append(HeardLetter(work: letter.work, id: letter.letter.id, word: word))
        }
        guard let sender = letters.first?.work.shard, !heard.isEmpty else { return }
        let all = heard
        self.hold { error in
            if error == nil {
                sender.hear(all)
            } else {
                sender.forward(Self.unheard(letters, all))
            }
        }
    }

    /// The letters whose answers are worth nothing: what they say was not committed.
    private static func unheard(
        _ letters: [OpenLetter], _ heard: [HeardLetter]
    ) -> [OpenLetter] {
        let ids = Set(heard.map(\.id))
        return letters.filter { ids.contains($0.letter.id) }
    }

    /// The answers to reports of this shard's accounts, from any thread.
    private nonisolated func hear(_ heard: [HeardLetter]) {
        self.post { shard in
            for letter in heard {
                shard.whenRoom { shard in
                    _ = shard.turn(
                        letter.work.account, .budgetHeard(id: letter.id, word: letter.word),
                        now: shard.effectNow)
                }
                shard.finished(letter.work)
            }
            shard.afterWork()
        }
    }
}

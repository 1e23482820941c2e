// A tenant that observed goes live.
//
// What was only observed did not happen: no attempt was made, nobody was told, nothing was taken.
// 1. A case of which no attempt has left begins again, as if it came with an import: ladder,
//    messages and access count from its first failure, or, where that is older than
//    `intake.late_max`, from an instant within the next ``spreadMs``, by a hash of account and
//    case. So nothing fires in a burst, and nobody loses access at once for a time in which nobody
//    told them.
// 2. A case that had been live before goes on: its attempts count, the rungs that were withheld are
//    gone, and only later ones are made.
// The rules count every attempt that others made meanwhile, in either case.

extension AccountTurn {
    /// Old cases that go live begin within this time, spread evenly. Milliseconds.
    static let spreadMs = Milliseconds.day

    /// Takes up every open case from which something was withheld, once no charge of it is out.
    mutating func takeUpWithheld() {
        guard !self.isObserving else { return }
        for index in self.state.cases.indices
        where self.state.cases[index].flags.contains(.withheld) && self.state.cases[index].isOpen
            && self.state.cases[index].inFlight == nil
        {
            self.takeUp(self.state.cases[index])
        }
    }

    private mutating func takeUp(_ dunningCase: DunningCase) {
        guard self.context.pinned(dunningCase) != nil else { return }
        var changed = dunningCase
        changed.flags.subtract([.withheld, .endObserved])
        var restartsAt = Timestamp(ms: 0)
        if dunningCase.lastAttempt == 0 {
            restartsAt = self.restart(of: dunningCase)
            changed.openedAt = restartsAt
            changed.anchor = restartsAt
            changed.accessSteps = 0
            changed.rung = 0
            if changed.touches == 0 { changed.stepsDone = 0 }
        }
        let update = self.replanned(&changed, .ladder(fromRung: changed.rung))
        self.emit(
            .caseUpdated(CaseUpdated(update: update, reason: .wentLive, restartsAt: restartsAt)))
        if !update.phase.isOpen { self.finishEnd(ofCase: update.caseNumber) }
    }

    private func restart(of dunningCase: DunningCase) -> Timestamp {
        let age = self.now.ms.decreased(by: dunningCase.anchor.ms)
        guard age > self.context.tenant.lateMaxMs else { return dunningCase.anchor }
        let seed = self.account.shardHash ^ UInt64(dunningCase.number)
        return self.now.advanced(byMs: Int64(splitmix64(seed) % UInt64(Self.spreadMs)))
    }
}

// Other credentials: agreed backups where the default is refused for good, and newer facts of the
// same card where the issuer may have renewed it.

extension AccountTurn {
    /// An attempt with an agreed backup, in the next legal slot, where a refusal stops the method
    /// that was charged; `nil` where it stops nothing or there is no backup to try.
    func wishForBackup(
        _ dunningCase: DunningCase, _ decline: Decline, _ policy: PinnedPolicy
    ) -> Wish? {
        guard policy.retries.usesBackups, self.state.methods.count > 1 else { return nil }
        switch decline.advice {
        case .never, .afterCredentialChange: break
        case .afterAuthentication, .wait, .once, .afterOperator, .afterLookUp, .backOff:
            return nil
        }
        guard dunningCase.particulars.first?.nextPart == nil else { return nil }
        let isAny = self.state.methods.contains { held in
            !held.isDefault && held.isBackup && held.standing.blockedBy == nil
                && held.standing.triesLeft != 0
        }
        return isAny ? .now(.backupMethod) : nil
    }

    /// Asks the gateway once in a case whether the issuer gave the card a newer expiry or number.
    mutating func askForNewerCard(
        ofCase number: UInt32, _ decline: Decline, method: UInt32
    ) {
        guard self.context.tenant.readsCards, !self.isObserving, method != 0,
            decline.advice == .afterCredentialChange,
            let index = self.state.caseIndex(number), self.state.cases[index].isOpen,
            !(self.state.cases[index].particulars.first?.flags.contains(.cardsLookedUp) ?? false)
        else { return }
        var changed = self.state.cases[index]
        changed.amend { $0.flags.insert(.cardsLookedUp) }
        self.emit(
            .caseUpdated(
                CaseUpdated(
                    update: self.update(of: changed), reason: .cardLookUp, method: method)))
    }

    /// The gateway's newer facts change the method; a card that is another one now is tried.
    mutating func cardLookedUp(id: RecordPosition, found: PaymentMethod?) -> CommandAnswer {
        guard
            let effect = self.state.effects.first(where: { $0.id == id && $0.kind == .cardLookUp })
        else { return .ignored(.unknownAttempt) }
        let known = self.state.methods.first { $0.number == effect.argument }
        let isNewer = known.flatMap { known in
            found.map { known.method.completed(by: $0) != known.method }
        }
        self.emit(
            .effectSettled(
                EffectSettled(
                    effect: id, kind: .cardLookUp, verdict: .done,
                    reference: isNewer == true ? "newer" : "unchanged")))
        guard let known, var found, isNewer == true else { return .accepted }
        found.token = known.method.token
        let mayTryAnother = self.change(
            method: MethodChange(method: found, makeDefault: false), at: self.now)
        if mayTryAnother { self.attemptAfterMethodChange() }
        return .accepted
    }
}

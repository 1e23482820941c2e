import DunlinCore
import DunlinPorts

extension EffectRunner {
    // MARK: Charges

    func charge(_ work: EffectWork, caseNumber: UInt32, attempt: UInt32) async {
        // The last look, right before the call: still wanted, not too late, not paused.
        let departure = await work.shard.departure(
            work.account, caseNumber: caseNumber, attempt: attempt, committedMs: work.committedMs)
        // The lease may have run out while the shard was asked.
        guard work.shard.mayAct else { return self.waitForLease(work) }
        let outcome: AttemptOutcome =
            switch departure {
            case .stays(let reason): .notSent(reason)
            case .leaves(let order):
                await work.account.tenant.parts.gateway.charge([order]).first ?? .unknown
            }
        work.shard.deliver(work, outcome: outcome, attempt: attempt, caseNumber: caseNumber)
    }

    func lookUp(_ work: EffectWork, _ effect: PendingEffect) async {
        guard let question = await work.shard.question(work.account, effect) else {
            work.shard.letGo(work)
            return
        }
        guard work.shard.mayAct else { return self.waitForLease(work) }
        let gateway = work.account.tenant.parts.gateway
        let outcome: AttemptOutcome
        if let immediate = gateway as? any ImmediateGateway {
            outcome = immediate.lookUpNow([question]).first ?? .unknown
        } else {
            outcome = await gateway.lookUp([question]).first ?? .unknown
        }
        work.shard.deliver(
            work, outcome: outcome, attempt: effect.argument, caseNumber: effect.caseNumber)
    }

    // MARK: Messages

    func send(_ work: EffectWork, _ effect: PendingEffect) async {
        guard let departure = await work.shard.draft(work.account, effect) else {
            self.conclude(work, effect.id, .refused(reason: "no-contact"))
            return
        }
        await self.send(work, effect, departure)
    }

    /// A message that needs no case: its record says what it is about.
    func give(_ work: EffectWork, _ effect: PendingEffect) async {
        do {
            guard
                case .noticeIntended(let notice) = try self.record(
                    work.shard.index, effect.id)?.event
            else {
                self.conclude(work, effect.id, .refused(reason: "record-archived"))
                return
            }
            guard let departure = await work.shard.draft(work.account, notice) else {
                self.conclude(work, effect.id, .refused(reason: "no-contact"))
                return
            }
            await self.send(work, effect, departure)
        } catch {
            self.conclude(work, effect.id, .failed(reason: "journal-unreadable"))
        }
    }

    private func send(
        _ work: EffectWork, _ effect: PendingEffect, _ departure: MessageDeparture
    ) async {
        let draft: MessageDraft
        switch departure {
        case .stays(let reason):
            self.conclude(work, effect.id, .refused(reason: reason))
            return
        case .leaves(let found): draft = found
        }
        let entity = work.account.key
        let address: String
        do {
            if draft.sealed.isEmpty {
                // A channel without addresses needs no key, and the account may have none.
                address = ""
            } else {
                let wrapped = try self.keys.keys([entity]).first ?? nil
                let key = try self.sealer.unwrap(wrapped, for: entity)
                address = try key.open(draft.sealed, channel: draft.channel)
            }
        } catch {
            self.conclude(work, effect.id, .refused(reason: "address-sealed"))
            return
        }
        guard let sender = work.account.tenant.parts.senders[draft.channel] else {
            self.conclude(work, effect.id, .refused(reason: "channel-not-configured"))
            return
        }
        let order = MessageOrder(
            account: entity, effect: effect.id, channel: draft.channel, template: draft.template,
            locale: draft.locale, address: address, facts: draft.facts, at: draft.at)
        self.conclude(work, effect.id, await sender.send(order))
    }

    // MARK: Announcements

    func announce(_ work: EffectWork, _ effect: PendingEffect) async {
        guard let announcer = work.account.tenant.parts.announcer else {
            self.conclude(work, effect.id, .refused(reason: "no-endpoint"))
            return
        }
        guard let state = await work.shard.committedState(of: work.account) else {
            work.shard.letGo(work)
            return
        }
        let record: RecordedEvent
        do {
            guard let found = try self.record(work.shard.index, effect.id) else {
                self.conclude(work, effect.id, .refused(reason: "record-archived"))
                return
            }
            record = found
        } catch {
            self.conclude(work, effect.id, .failed(reason: "journal-unreadable"))
            return
        }
        let announcement = Announcement(
            account: work.account.key, position: effect.id, record: record, access: state.access,
            dunningCase: state.cases.first { $0.number == effect.caseNumber })
        self.conclude(work, effect.id, await announcer.announce(announcement))
    }

    /// One record of the journal; `nil` when it lies in an archive.
    func record(_ shard: UInt32, _ position: RecordPosition) throws -> RecordedEvent? {
        guard let batch = try self.journal.batch(shard: shard, op: position.op) else { return nil }
        let record = try BatchReader.record(at: position.index, in: batch.records)
        guard case .account(let event) = record?.content else { return nil }
        return event
    }

    // MARK: End actions

    func end(_ work: EffectWork, _ effect: PendingEffect) async {
        guard let billing = work.account.tenant.parts.billing else {
            self.conclude(work, effect.id, .refused(reason: "no-billing-system"))
            return
        }
        guard let state = await work.shard.committedState(of: work.account),
            let dunningCase = state.cases.first(where: { $0.number == effect.caseNumber }),
            let action = EndAction(rawValue: UInt8(truncatingIfNeeded: effect.argument))
        else {
            self.conclude(work, effect.id, .refused(reason: "case-gone"))
            return
        }
        // A case of several invoices ends for each of them.
        var outcome = EffectOutcome.done(reference: "nothing_open")
        let plan = await work.shard.downgradePlan(of: dunningCase, work.account)
        for obligation in dunningCase.obligations {
            let order = EndActionOrder(
                account: work.account.key, obligation: obligation.id,
                subscription: obligation.subscription, action: action, effect: effect.id,
                plan: plan, openMinor: obligation.openMinor)
            outcome = await billing.perform(order)
            guard case .done = outcome else { break }
        }
        // What the billing system does not offer is asked of the merchant's own app.
        if outcome == .refused(reason: EndActionOrder.notOffered) {
            outcome =
                work.account.tenant.parts.announcer == nil
                ? .refused(reason: "no-endpoint") : .done(reference: EndActionOrder.requested)
        }
        self.conclude(work, effect.id, outcome)
    }

    // MARK: Cards

    /// Asks for a card's newer facts. A gateway that does not answer knows none: the card itself
    /// will be asked by the next attempt.
    func readCard(_ work: EffectWork, _ effect: PendingEffect) async {
        guard let state = await work.shard.committedState(of: work.account) else {
            work.shard.letGo(work)
            return
        }
        let held = state.methods.first { $0.number == effect.argument }
        var found: PaymentMethod?
        if let held {
            found = await work.account.tenant.parts.gateway.newerCard(
                of: work.account.key, method: held.method)
        }
        work.shard.deliver(work, id: effect.id, card: found)
    }
}

import DunlinCore
import DunlinPorts

/// A message whose batch is committed and whose channel answers at once.
struct OpenMessage {
    let account: Account
    let effect: PendingEffect
}

// Messages to channels that answer at once leave together with the commit that brought them: one
// read of the keys for all of them, no task for any. All others go to the runner.

extension Shard {
    /// A message with its address still sealed.
    private struct Draft {
        let message: OpenMessage
        let draft: MessageDraft
        let sender: any ImmediateSender
        let entity: EntityKey
    }

    /// Sends what may still leave and takes the answers as commands of the same accounts.
    func send(_ messages: [OpenMessage]) {
        var drafts: [Draft] = []
        drafts.reserveCapacity(messages.count)
        for message in messages {
            switch self.draft(message.account, message.effect) {
            case .leaves(let draft):
                guard
                    let sender = message.account.tenant.parts.senders[draft.channel]
                        as? any ImmediateSender
                else {
                    self.answered(message, .refused(reason: "channel-not-configured"))
                    continue
                }
                drafts.append(
                    Draft(
                        message: message, draft: draft, sender: sender,
                        entity: message.account.key))
            case .stays(let reason): self.answered(message, .refused(reason: reason))
            case nil: self.answered(message, .refused(reason: "no-contact"))
            }
        }
        // A channel without addresses needs no key, and the account may have none.
        let sealed = drafts.filter { !$0.draft.sealed.isEmpty }.map(\.entity)
        var keys: [[UInt8]?] = []
        do throws(StoreError) {
            if !sealed.isEmpty { keys = try self.environment.keys.keys(sealed) }
        } catch {
            // The runner reads again, and again later.
            for draft in drafts {
                self.submit(draft.message.account, .message(draft.message.effect))
            }
            return
        }
        var rest = keys[...]
        for draft in drafts {
            let key = draft.draft.sealed.isEmpty ? nil : rest.popFirst() ?? nil
            self.send(draft, wrapped: key)
        }
    }

    private func send(_ draft: Draft, wrapped: [UInt8]?) {
        let message = draft.message
        var address = ""
        if !draft.draft.sealed.isEmpty {
            do {
                let key = try self.environment.sealer.unwrap(wrapped, for: draft.entity)
                address = try key.open(draft.draft.sealed, channel: draft.draft.channel)
            } catch {
                self.answered(message, .refused(reason: "address-sealed"))
                return
            }
        }
        let order = MessageOrder(
            account: draft.entity, effect: message.effect.id, channel: draft.draft.channel,
            template: draft.draft.template, locale: draft.draft.locale, address: address,
            facts: draft.draft.facts)
        let outcome = draft.sender.sendNow(order)
        if case .failed = outcome {
            self.submit(message.account, .message(message.effect))
        } else {
            self.answered(message, outcome)
        }
    }

    /// Until there is room for the answer the account counts as at work, and its timers wait.
    private func answered(_ message: OpenMessage, _ outcome: EffectOutcome) {
        let account = message.account
        let answer = AccountCommand.effectAnswered(id: message.effect.id, outcome: outcome)
        guard !self.hasRoom || !self.waiting.isEmpty || self.state != .active else {
            _ = self.turn(account, answer, now: self.effectNow)
            return
        }
        account.assumeIsolated { $0.running += 1 }
        self.whenRoom { shard in
            guard shard.holds(account) else { return }
            _ = shard.turn(account, answer, now: shard.effectNow)
            shard.release(account)
        }
    }
}

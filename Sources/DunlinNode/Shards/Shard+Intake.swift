import DunlinCore
import DunlinPorts
import Logging
import Synchronization

extension Shard {
    /// Takes one call's events for this shard, in order. The answer waits for their commit.
    nonisolated func intake(_ part: IntakePart) {
        self.post { shard in
            guard shard.state == .active else {
                shard.refuse(part)
                return
            }
            guard shard.waiting.count < shard.environment.limits.waitingMax else {
                shard.environment.counters.overloads.add(1, ordering: .relaxed)
                let result = IntakeResult.retry(
                    code: "overloaded", message: "too many commands wait; send again in a second")
                part.call.finish(
                    places: part.places, results: part.events.map { _ in result })
                return
            }
            shard.whenRoom { $0.take(part, from: 0, results: []) }
            shard.afterWork()
        }
    }

    /// This node does not decide for the shard now: nothing was done.
    private func refuse(_ part: IntakePart) {
        let isElsewhere = self.state == .following
        let result = IntakeResult.retry(
            code: isElsewhere ? NodeError.Code.notPrimary.name : "unavailable",
            message: isElsewhere
                ? "another node leads the shard; ask it"
                : "the shard is \(self.state); try again soon")
        part.call.finish(places: part.places, results: part.events.map { _ in result })
    }

    private func take(_ part: IntakePart, from first: Int, results: [IntakeResult]) {
        guard self.state == .active else {
            self.refuse(part)
            return
        }
        var results = results
        results.reserveCapacity(part.events.count)
        if first == 0 {
            do {
                try self.loadAbsent(part.events.map(\.key))
            } catch {
                self.log.error("accounts could not be read", metadata: ["error": "\(error)"])
                let result = IntakeResult.retry(code: "storage", message: "rows cannot be read")
                part.call.finish(
                    places: part.places, results: part.events.map { _ in result })
                return
            }
        }
        // Looked at where they lie: to take one out of the array is to copy it.
        let stoppedAt: Int? = part.events.withUnsafeBufferPointer { events in
            for number in first..<events.count {
                guard self.hasRoom else { return number }
                results.append(self.take(events[number]))
            }
            return nil
        }
        if let stoppedAt {
            // The rest goes before whatever else has waited, so that a call keeps its order.
            let soFar = results
            self.waiting.insert({ $0.take(part, from: stoppedAt, results: soFar) }, at: 0)
            return
        }
        let all = results
        self.hold { error in
            part.call.finish(places: part.places, results: Shard.results(all, after: error))
        }
    }

    /// After a failed commit nothing is known to be durable; repeats are recognised.
    private static func results(
        _ results: [IntakeResult], after error: StoreError?
    )
        -> [IntakeResult]
    {
        guard let error else { return results }
        return results.map { result in
            if case .refused = result { return result }
            return error.code == .full
                ? .retry(code: "storage", message: "the disk is full; free space and send again")
                : .retry(code: "unknownOutcome", message: "the commit failed; send again")
        }
    }

    /// The plain event is looked at where it lies: a copy holds a dozen strings.
    private func take(_ event: IntakeEvent) -> IntakeResult {
        if let refusal = IntakeCheck.refusal(of: event, in: self.tenants[event.key.tenant]) {
            return refusal
        }
        guard !event.personal.isEmpty || IntakeCheck.hasToMask(event) else {
            return self.take(checked: event)
        }
        var changed = event
        IntakeCheck.mask(&changed)
        return self.take(checked: changed)
    }

    private func take(checked event: IntakeEvent) -> IntakeResult {
        guard let account = self.resident(event.key) ?? self.admit(event.key, row: nil) else {
            return .refused(
                code: "unknownTenant", message: "no such tenant is configured on this node")
        }
        let answer: CommandAnswer?
        if event.personal.isEmpty {
            answer = self.turn(account, .intake(event.facts), now: self.now)
        } else {
            var sealed = event
            do {
                try self.seal(&sealed, of: account)
            } catch {
                self.forgetIfEmpty(account)
                return .retry(code: "sealing", message: "personal fields cannot be sealed")
            }
            answer = self.turn(account, .intake(sealed.facts), now: self.now)
        }
        guard let answer else {
            return .retry(code: "unavailable", message: "the tenant is not ready; try again soon")
        }
        if answer != .accepted { self.forgetIfEmpty(account) }
        return switch answer {
        case .accepted: .accepted
        case .repeated: .repeated
        case .ignored(let reason): .ignored(reason)
        case .refused(let reason):
            .refused(code: reason.name, message: IntakeCheck.sentence(for: reason))
        }
    }

    /// An account that nothing has happened to is not kept.
    func forgetIfEmpty(_ account: Account) {
        let isEmpty = account.assumeIsolated { account in
            guard account.isBlank else { return false }
            account.isResident = false
            return true
        }
        guard isEmpty else { return }
        self.table.remove(account)
        self.environment.counters.resident.subtract(1, ordering: .relaxed)
    }

    // MARK: Sealing

    /// Moves personal addresses into sealed contacts, with the account's key, made if need be.
    private func seal(_ event: inout IntakeEvent, of account: Account) throws {
        let key = try self.key(of: account)
        var change = event.facts.profile ?? ProfileChange()
        let seats = self.seats
        let held = try account.assumeIsolated { try $0.state(seats).profile.contacts }
        for contact in event.personal {
            let known = held.first { $0.channel == contact.channel }
            let hash = self.sharedHash(of: contact, account)
            // A dead address that is told again stays dead.
            if var known,
                (try? key.open(known.sealed, channel: contact.channel)) == contact.address
            {
                if known.hash != hash {
                    known.hash = hash
                    change.contacts.append(known)
                }
                continue
            }
            let sealed = try key.seal(
                contact.address, channel: contact.channel,
                random: self.environment.runtime.randomBytes)
            let place =
                contact.channel.isTelephone ? self.place(ofNumber: contact.address, account) : nil
            change.contacts.append(
                SealedContact(
                    channel: contact.channel, sealed: sealed, place: place ?? .unknown, hash: hash))
        }
        event.facts.profile = change
        event.personal = []
    }

    /// The hash by which other accounts may know the address; empty where no cap of the tenant's
    /// policy counts over accounts.
    private func sharedHash(of contact: PersonalContact, _ account: Account) -> String {
        let tenant = account.tenant.name
        let policy = self.context(of: account.tenant)?.current.policy(forTenant: tenant)
        guard contact.channel.needsContact, policy?.sending.caps.isEmpty == false else { return "" }
        return self.environment.sealer.contactHash(
            of: contact.address, on: contact.channel, tenant: tenant)
    }

    /// Where a telephone number was given out: the clear fact that hours are kept by.
    private func place(ofNumber number: String, _ account: Account) -> ContactHours.Place? {
        self.context(of: account.tenant)?.current.hours.place(ofNumber: number)
    }

    private func key(of account: Account) throws -> AccountKey {
        let entity = account.key
        guard !self.isForgetting(entity) else {
            throw StoreError(.busy, operation: "seal for an account that is being erased")
        }
        if let fresh = self.freshKeys[entity] { return fresh }
        let seats = self.seats
        if try account.assumeIsolated({ try $0.state(seats).hasKey }) {
            let wrapped = try self.environment.keys.keys([entity]).first ?? nil
            return try self.environment.sealer.unwrap(wrapped, for: entity)
        }
        let (key, wrapped) = self.environment.sealer.makeKey(
            for: entity, random: self.environment.runtime.randomBytes)
        self.open.newKeys.append(wrapped)
        self.freshKeys[entity] = key
        return key
    }
}

import CDunlinProto
import DunlinCore

// One intake event to its message; the way back is `IntakeCall+Unpacking.swift`.

/// ``IntakeFacts/Fact``'s kinds on the wire.
enum FactKind: UInt32 {
    case paymentFailed = 1
    case paymentSucceeded = 2
    case paymentMethodUpdated = 3
    case paymentMethodRemoved = 4
    case subscriptionCanceled = 5
    case obligationVoided = 6
    case externalAttempt = 7
    case profileUpdated = 8
    case paymentPending = 20
    case noticed = 40
    case consentChanged = 21
    case messageReplied = 22
    case messageReceipt = 23
    case upcomingCharge = 24
    case upcomingChargeCanceled = 25
    case accountFlagged = 26
}

extension Packing {
    func fill(
        _ message: UnsafeMutablePointer<Dunlin__V1__IntakeEvent>, _ event: IntakeEvent
    ) throws(WireError) {
        message.pointee.entity = try self.entity(event.key)
        message.pointee.event_id = try self.textOrNil(event.facts.eventID)
        message.pointee.has_occurred_at_ms = 1
        message.pointee.occurred_at_ms = event.facts.occurredAt.ms
        try self.fill(message, event.facts.fact)
        if let profile = event.facts.profile {
            message.pointee.customer = try self.customer(profile)
        }
        if let method = event.facts.method { message.pointee.card = try self.card(method) }
        message.pointee.n_contacts = event.personal.count
        message.pointee.contacts = try self.contacts(event.personal)
    }

    func contacts(
        _ contacts: [PersonalContact]
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<Dunlin__V1__ClearContact>?>? {
        try self.messages(
            Dunlin__V1__ClearContact.self, contacts
        ) { contact, value throws(WireError) in
            contact.pointee.has_channel = 1
            contact.pointee.channel = UInt32(value.channel.rawValue)
            contact.pointee.address = try self.text(value.address)
        }
    }

    private func fill(
        _ message: UnsafeMutablePointer<Dunlin__V1__IntakeEvent>, _ fact: IntakeFacts.Fact
    ) throws(WireError) {
        func set(_ kind: FactKind) {
            message.pointee.has_kind = 1
            message.pointee.kind = kind.rawValue
        }
        switch fact {
        case .paymentFailed(let failed):
            set(.paymentFailed)
            message.pointee.failed = try self.failed(failed)
        case .paymentSucceeded(let succeeded):
            set(.paymentSucceeded)
            message.pointee.succeeded = try self.succeeded(succeeded)
        case .paymentMethodUpdated: set(.paymentMethodUpdated)
        case .paymentMethodRemoved(let token):
            set(.paymentMethodRemoved)
            message.pointee.subject = try self.text(token)
        case .subscriptionCanceled(let subscription):
            set(.subscriptionCanceled)
            message.pointee.subject = try self.text(subscription)
        case .obligationVoided(let obligation):
            set(.obligationVoided)
            message.pointee.subject = try self.text(obligation)
        case .externalAttempt(let failed):
            set(.externalAttempt)
            message.pointee.failed = try self.failed(failed)
        case .profileUpdated: set(.profileUpdated)
        case .noticed(let notice):
            set(.noticed)
            message.pointee.notice = try self.notice(notice)
        case .paymentPending(let pending):
            set(.paymentPending)
            message.pointee.pending = try self.pending(pending)
        case .consentChanged(let change):
            set(.consentChanged)
            message.pointee.people = try self.people { people throws(WireError) in
                self.set(people, channel: change.channel)
                people.pointee.has_purpose = 1
                people.pointee.purpose = UInt32(change.purpose.rawValue)
                self.set(people, isSet: change.isGranted)
                people.pointee.text = try self.textOrNil(change.source)
            }
        case .messageReplied(let channel, let meaning):
            set(.messageReplied)
            message.pointee.people = try self.people { people in
                self.set(people, channel: channel)
                self.set(people, what: meaning.rawValue)
            }
        case .messageReceipt(let receipt):
            set(.messageReceipt)
            message.pointee.people = try self.people { people throws(WireError) in
                self.set(people, channel: receipt.channel)
                self.set(people, what: receipt.kind.rawValue)
                people.pointee.text = try self.textOrNil(receipt.reference)
            }
        case .upcomingCharge(let charge):
            set(.upcomingCharge)
            message.pointee.people = try self.people { people throws(WireError) in
                people.pointee.charge = try self.text(charge.id)
                people.pointee.subscription = try self.textOrNil(charge.subscription)
                people.pointee.has_amount_minor = 1
                people.pointee.amount_minor = charge.amountMinor
                people.pointee.currency = try self.text(charge.currency.code)
                people.pointee.has_due_at_ms = 1
                people.pointee.due_at_ms = charge.dueAt.ms
            }
        case .upcomingChargeCanceled(let id):
            set(.upcomingChargeCanceled)
            message.pointee.subject = try self.text(id)
        case .accountFlagged(let change):
            set(.accountFlagged)
            message.pointee.people = try self.people { people throws(WireError) in
                self.set(people, what: change.flag.rawValue)
                self.set(people, isSet: change.isSet)
                people.pointee.text = try self.textOrNil(change.reason)
            }
        }
    }

    private func people(
        _ fill: (UnsafeMutablePointer<Dunlin__V1__PeopleFact>) throws(WireError) -> Void
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__PeopleFact> {
        let message = self.make(Dunlin__V1__PeopleFact.self)
        try fill(message)
        return message
    }

    private func set(
        _ people: UnsafeMutablePointer<Dunlin__V1__PeopleFact>, channel: Channel
    ) {
        people.pointee.has_channel = 1
        people.pointee.channel = UInt32(channel.rawValue)
    }

    private func set(_ people: UnsafeMutablePointer<Dunlin__V1__PeopleFact>, what: UInt8) {
        people.pointee.has_what = 1
        people.pointee.what = UInt32(what)
    }

    private func set(_ people: UnsafeMutablePointer<Dunlin__V1__PeopleFact>, isSet: Bool) {
        people.pointee.has_is_set = 1
        people.pointee.is_set = isSet ? 1 : 0
    }

    private func failed(
        _ failed: PaymentFailed
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__FailedPayment> {
        let message = self.make(Dunlin__V1__FailedPayment.self)
        message.pointee.obligation = try self.text(failed.obligation.id)
        message.pointee.subscription = try self.textOrNil(failed.obligation.subscription)
        message.pointee.has_amount_minor = 1
        message.pointee.amount_minor = failed.obligation.amountMinor
        message.pointee.has_collected_minor = 1
        message.pointee.collected_minor = failed.obligation.collectedMinor
        message.pointee.currency = try self.text(failed.obligation.currency.code)
        message.pointee.has_due_at_ms = 1
        message.pointee.due_at_ms = failed.obligation.dueAt.ms
        message.pointee.link = try self.textOrNil(failed.obligation.link)
        message.pointee.code = try self.textOrNil(failed.codes.code)
        message.pointee.network_code = try self.textOrNil(failed.codes.networkCode)
        message.pointee.advice_code = try self.textOrNil(failed.codes.adviceCode)
        message.pointee.has_not_sent_to_network = 1
        message.pointee.not_sent_to_network = failed.codes.notSentToNetwork ? 1 : 0
        message.pointee.has_initiator = 1
        message.pointee.initiator = UInt32(failed.initiator.rawValue)
        message.pointee.charge_id = try self.textOrNil(failed.chargeID)
        message.pointee.method_token = try self.textOrNil(failed.methodToken)
        message.pointee.n_earlier_attempts_ms = failed.earlierAttempts.count
        message.pointee.earlier_attempts_ms = self.numbers(failed.earlierAttempts.map(\.ms))
        message.pointee.has_was_approved = 1
        message.pointee.was_approved = failed.wasApproved ? 1 : 0
        if failed.interval != .unknown {
            message.pointee.has_interval = 1
            message.pointee.interval = UInt32(failed.interval.rawValue)
        }
        if failed.nextBillingAt.ms != 0 {
            message.pointee.has_next_billing_at_ms = 1
            message.pointee.next_billing_at_ms = failed.nextBillingAt.ms
        }
        if failed.presentedAt.ms != 0 {
            message.pointee.has_presented_at_ms = 1
            message.pointee.presented_at_ms = failed.presentedAt.ms
        }
        return message
    }

    private func succeeded(
        _ succeeded: PaymentSucceeded
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__SucceededPayment> {
        let message = self.make(Dunlin__V1__SucceededPayment.self)
        message.pointee.obligation = try self.text(succeeded.obligation)
        if let amountMinor = succeeded.amountMinor {
            message.pointee.has_amount_minor = 1
            message.pointee.amount_minor = amountMinor
        }
        message.pointee.charge_id = try self.textOrNil(succeeded.chargeID)
        return message
    }

    private func pending(
        _ pending: PaymentPending
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__PendingPayment> {
        let message = self.make(Dunlin__V1__PendingPayment.self)
        message.pointee.obligation = try self.text(pending.obligation)
        if let amountMinor = pending.amountMinor {
            message.pointee.has_amount_minor = 1
            message.pointee.amount_minor = amountMinor
        }
        message.pointee.charge_id = try self.textOrNil(pending.chargeID)
        message.pointee.method_token = try self.textOrNil(pending.methodToken)
        return message
    }

    private func customer(
        _ change: ProfileChange
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__CustomerChange> {
        let message = self.make(Dunlin__V1__CustomerChange.self)
        if let locale = change.locale { message.pointee.locale = try self.text(locale) }
        if let zone = change.zone { message.pointee.zone = try self.text(zone) }
        if let country = change.country { message.pointee.country = try self.text(country) }
        if let region = change.region { message.pointee.region = try self.text(region) }
        message.pointee.n_attributes = change.attributes.count
        message.pointee.attributes = try self.messages(
            Dunlin__V1__NamedValue.self, change.attributes
        ) { named, attribute throws(WireError) in
            named.pointee.name = try self.text(attribute.name)
            named.pointee.value = try self.text(attribute.value)
        }
        message.pointee.n_sealed = change.contacts.count
        message.pointee.sealed = try self.messages(
            Dunlin__V1__SealedAddress.self, change.contacts
        ) { address, contact throws(WireError) in
            address.pointee.country = try self.textOrNil(contact.place.country)
            address.pointee.region = try self.textOrNil(contact.place.region)
            address.pointee.n_zones = contact.place.zones.count
            address.pointee.zones = try self.texts(contact.place.zones)
            address.pointee.has_channel = 1
            address.pointee.channel = UInt32(contact.channel.rawValue)
            address.pointee.has_sealed = 1
            address.pointee.sealed = self.bytes(contact.sealed)
            address.pointee.has_is_reachable = 1
            address.pointee.is_reachable = contact.isReachable ? 1 : 0
        }
        return message
    }

    private func card(
        _ change: MethodChange
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__CardChange> {
        let message = self.make(Dunlin__V1__CardChange.self)
        message.pointee.token = try self.text(change.method.token)
        message.pointee.fingerprint = try self.textOrNil(change.method.fingerprint)
        message.pointee.has_network = 1
        message.pointee.network = UInt32(change.method.network.rawValue)
        message.pointee.has_funding = 1
        message.pointee.funding = UInt32(change.method.funding.rawValue)
        message.pointee.last_four = try self.textOrNil(change.method.lastFour)
        message.pointee.has_expiry_month = 1
        message.pointee.expiry_month = change.method.expiryMonth
        if change.method.bin != 0 {
            message.pointee.has_bin = 1
            message.pointee.bin = change.method.bin
        }
        message.pointee.has_make_default = 1
        message.pointee.make_default = change.makeDefault ? 1 : 0
        if let isBackup = change.isBackup {
            message.pointee.has_is_backup = 1
            message.pointee.is_backup = isBackup ? 1 : 0
        }
        return message
    }
}

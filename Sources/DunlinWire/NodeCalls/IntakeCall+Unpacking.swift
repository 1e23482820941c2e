import CDunlinProto
import DunlinCore

// One intake event from its message.

extension Unpacking {
    static func intakeEvent(
        _ event: UnsafePointer<Dunlin__V1__IntakeEvent>
    ) throws(WireError) -> IntakeEvent {
        var facts = IntakeFacts(
            eventID: try Self.id(event.pointee.event_id, "event_id"),
            occurredAt: Timestamp(ms: event.pointee.occurred_at_ms), fact: try Self.fact(event))
        if let customer = event.pointee.customer {
            facts.profile = try Self.customer(UnsafePointer(customer))
        }
        if let card = event.pointee.card { facts.method = try Self.card(UnsafePointer(card)) }
        let personal = try Self.contacts(event.pointee.n_contacts, event.pointee.contacts)
        return IntakeEvent(
            key: try Self.entity(event.pointee.entity), facts: facts, personal: personal)
    }

    static func contacts(
        _ count: Int,
        _ contacts: UnsafeMutablePointer<UnsafeMutablePointer<Dunlin__V1__ClearContact>?>?
    ) throws(WireError) -> [PersonalContact] {
        try Self.messages(
            count, contacts, "contacts", countMax: Profile.contactsMax
        ) { contact throws(WireError) in
            PersonalContact(
                channel: try Self.kind(contact.pointee.channel, "channel", Channel.self),
                address: try Self.name(contact.pointee.address, "address", bytesMax: 320))
        }
    }

    private static func fact(
        _ event: UnsafePointer<Dunlin__V1__IntakeEvent>
    ) throws(WireError) -> IntakeFacts.Fact {
        func subject() throws(WireError) -> String {
            try Self.name(event.pointee.subject, "subject", bytesMax: NodeCalls.idBytesMax)
        }
        func failed() throws(WireError) -> PaymentFailed {
            try Self.failed(Self.required(event.pointee.failed, "failed"))
        }
        switch try Self.kind(event.pointee.kind, "kind", FactKind.self) {
        case .paymentFailed: return .paymentFailed(try failed())
        case .paymentSucceeded:
            return .paymentSucceeded(
                try Self.succeeded(Self.required(event.pointee.succeeded, "succeeded")))
        case .paymentMethodUpdated: return .paymentMethodUpdated
        case .paymentMethodRemoved: return .paymentMethodRemoved(token: try subject())
        case .subscriptionCanceled: return .subscriptionCanceled(subscription: try subject())
        case .obligationVoided: return .obligationVoided(obligation: try subject())
        case .externalAttempt: return .externalAttempt(try failed())
        case .profileUpdated: return .profileUpdated
        case .noticed:
            return .noticed(try Self.notice(Self.required(event.pointee.notice, "notice")))
        case .paymentPending:
            return .paymentPending(
                try Self.pending(Self.required(event.pointee.pending, "pending")))
        case .upcomingChargeCanceled: return .upcomingChargeCanceled(id: try subject())
        case .consentChanged: return .consentChanged(try Self.consent(Self.people(event)))
        case .messageReplied:
            let people = try Self.people(event)
            return .messageReplied(
                try Self.channel(people),
                try Self.kind(people.pointee.what, "what", ReplyMeaning.self))
        case .messageReceipt:
            let people = try Self.people(event)
            return .messageReceipt(
                MessageReceipt(
                    kind: try Self.kind(people.pointee.what, "what", MessageReceipt.Kind.self),
                    channel: try Self.channel(people),
                    reference: try Self.id(people.pointee.text, "text")))
        case .upcomingCharge: return .upcomingCharge(try Self.charge(Self.people(event)))
        case .accountFlagged:
            let people = try Self.people(event)
            return .accountFlagged(
                FlagChange(
                    flag: try Self.kind(people.pointee.what, "what", AccountFlag.self),
                    isSet: people.pointee.is_set != 0,
                    reason: try Self.text(
                        people.pointee.text, "text", bytesMax: FlagChange.reasonBytesMax)))
        }
    }

    private static func people(
        _ event: UnsafePointer<Dunlin__V1__IntakeEvent>
    ) throws(WireError) -> UnsafePointer<Dunlin__V1__PeopleFact> {
        UnsafePointer(try Self.required(event.pointee.people, "people"))
    }

    private static func channel(
        _ people: UnsafePointer<Dunlin__V1__PeopleFact>
    ) throws(WireError) -> Channel {
        try Self.kind(people.pointee.channel, "channel", Channel.self)
    }

    private static func consent(
        _ people: UnsafePointer<Dunlin__V1__PeopleFact>
    ) throws(WireError) -> ConsentChange {
        ConsentChange(
            channel: try Self.channel(people),
            purpose: try Self.kind(people.pointee.purpose, "purpose", MessagePurpose.self),
            isGranted: people.pointee.is_set != 0,
            source: try Self.text(people.pointee.text, "text", bytesMax: Consent.sourceBytesMax))
    }

    private static func charge(
        _ people: UnsafePointer<Dunlin__V1__PeopleFact>
    ) throws(WireError) -> UpcomingCharge {
        UpcomingCharge(
            id: try Self.name(people.pointee.charge, "charge", bytesMax: NodeCalls.idBytesMax),
            subscription: try Self.id(people.pointee.subscription, "subscription"),
            amountMinor: try Self.count(people.pointee.amount_minor, "amount_minor"),
            currency: try Self.currency(people.pointee.currency),
            dueAt: Timestamp(ms: people.pointee.due_at_ms))
    }

    private static func failed(
        _ failed: UnsafePointer<Dunlin__V1__FailedPayment>
    ) throws(WireError) -> PaymentFailed {
        let obligation = Obligation(
            id: try Self.name(
                failed.pointee.obligation, "obligation", bytesMax: NodeCalls.idBytesMax),
            subscription: try Self.id(failed.pointee.subscription, "subscription"),
            amountMinor: try Self.count(failed.pointee.amount_minor, "amount_minor"),
            collectedMinor: try Self.count(failed.pointee.collected_minor, "collected_minor"),
            currency: try Self.currency(failed.pointee.currency),
            dueAt: Timestamp(ms: failed.pointee.due_at_ms),
            link: try Self.text(
                failed.pointee.link, "link", bytesMax: NodeCalls.linkBytesMax))
        let codes = DeclineCodes(
            code: try Self.code(failed.pointee.code, "code"),
            networkCode: try Self.code(failed.pointee.network_code, "network_code"),
            adviceCode: try Self.code(failed.pointee.advice_code, "advice_code"),
            notSentToNetwork: failed.pointee.not_sent_to_network != 0)
        let earlier: [Int64] = try Self.numbers(
            failed.pointee.n_earlier_attempts_ms, failed.pointee.earlier_attempts_ms,
            "earlier_attempts_ms", countMax: NodeCalls.earlierAttemptsMax)
        var payment = PaymentFailed(
            obligation: obligation, codes: codes,
            initiator: try Self.kind(failed.pointee.initiator, "initiator", Initiator.self),
            chargeID: try Self.id(failed.pointee.charge_id, "charge_id"),
            methodToken: try Self.id(failed.pointee.method_token, "method_token"),
            earlierAttempts: earlier.map { Timestamp(ms: $0) },
            wasApproved: failed.pointee.was_approved != 0,
            presentedAt: Timestamp(ms: failed.pointee.presented_at_ms))
        payment.interval = try Self.kind(
            failed.pointee.interval, "interval", BillingInterval.self)
        payment.nextBillingAt = Timestamp(ms: failed.pointee.next_billing_at_ms)
        return payment
    }

    private static func pending(
        _ pending: UnsafePointer<Dunlin__V1__PendingPayment>
    ) throws(WireError) -> PaymentPending {
        PaymentPending(
            obligation: try Self.name(
                pending.pointee.obligation, "obligation", bytesMax: NodeCalls.idBytesMax),
            amountMinor: pending.pointee.has_amount_minor == 0
                ? nil : try Self.count(pending.pointee.amount_minor, "amount_minor"),
            chargeID: try Self.id(pending.pointee.charge_id, "charge_id"),
            methodToken: try Self.id(pending.pointee.method_token, "method_token"))
    }

    private static func succeeded(
        _ succeeded: UnsafePointer<Dunlin__V1__SucceededPayment>
    ) throws(WireError) -> PaymentSucceeded {
        PaymentSucceeded(
            obligation: try Self.name(
                succeeded.pointee.obligation, "obligation", bytesMax: NodeCalls.idBytesMax),
            amountMinor: succeeded.pointee.has_amount_minor == 0
                ? nil : try Self.count(succeeded.pointee.amount_minor, "amount_minor"),
            chargeID: try Self.id(succeeded.pointee.charge_id, "charge_id"))
    }

    private static func customer(
        _ change: UnsafePointer<Dunlin__V1__CustomerChange>
    ) throws(WireError) -> ProfileChange {
        func facet(
            _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString
        ) throws(WireError) -> String? {
            try Self.textOrNil(pointer, field, bytesMax: 64)
        }
        return ProfileChange(
            contacts: try Self.messages(
                change.pointee.n_sealed, change.pointee.sealed, "sealed",
                countMax: Profile.contactsMax
            ) { address throws(WireError) in
                SealedContact(
                    channel: try Self.kind(address.pointee.channel, "channel", Channel.self),
                    sealed: try Self.bytes(
                        address.pointee.sealed, "sealed", bytesMax: NodeCalls.valueBytesMax),
                    isReachable: address.pointee.is_reachable != 0,
                    place: try Self.place(address))
            },
            locale: try facet(change.pointee.locale, "locale"),
            zone: try facet(change.pointee.zone, "zone"),
            country: try facet(change.pointee.country, "country"),
            region: try facet(change.pointee.region, "region"),
            attributes: try Self.messages(
                change.pointee.n_attributes, change.pointee.attributes, "attributes",
                countMax: Profile.attributesMax
            ) { named throws(WireError) in
                Profile.Attribute(
                    name: try Self.name(
                        named.pointee.name, "name", bytesMax: NodeCalls.idBytesMax),
                    value: try Self.text(
                        named.pointee.value, "value", bytesMax: NodeCalls.valueBytesMax))
            })
    }

    private static func place(
        _ address: UnsafePointer<Dunlin__V1__SealedAddress>
    ) throws(WireError) -> ContactHours.Place {
        ContactHours.Place(
            country: try Self.text(address.pointee.country, "country", bytesMax: 64),
            region: try Self.text(address.pointee.region, "region", bytesMax: 64),
            zones: try Self.texts(
                address.pointee.n_zones, address.pointee.zones, "zones",
                countMax: NodeCalls.zonesMax, bytesMax: 64))
    }

    private static func card(
        _ change: UnsafePointer<Dunlin__V1__CardChange>
    ) throws(WireError) -> MethodChange {
        // More digits of a card's number are kept nowhere.
        guard change.pointee.bin <= 99_999_999 else {
            throw WireError(.malformedMessage, "bin: more than eight digits")
        }
        let method = PaymentMethod(
            token: try Self.name(
                change.pointee.token, "token", bytesMax: NodeCalls.idBytesMax),
            fingerprint: try Self.id(change.pointee.fingerprint, "fingerprint"),
            network: try Self.kind(change.pointee.network, "network", PaymentNetwork.self),
            funding: try Self.kind(change.pointee.funding, "funding", CardFunding.self),
            lastFour: try Self.text(change.pointee.last_four, "last_four", bytesMax: 4),
            expiryMonth: change.pointee.expiry_month, bin: change.pointee.bin)
        return MethodChange(
            method: method, makeDefault: change.pointee.make_default != 0,
            isBackup: change.pointee.has_is_backup == 0 ? nil : change.pointee.is_backup != 0)
    }

    private static func code(
        _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString
    ) throws(WireError) -> String {
        try Self.text(pointer, field, bytesMax: DeclineCodes.codeBytesMax)
    }
}

import DunlinCore

/// Reads one event from its fields: which fields each type needs, and what they become.
struct EventForm {
    var fields: EventFields
    let tenant: String

    mutating func read() -> EventBatch.Item {
        let eventID = self.fields.id("event_id", required: true) ?? ""
        let kind = self.kind()
        let occurredAt = self.fields.instant("occurred_at", required: true)
        let account = self.fields.id("account_id", required: true)
        let fact = kind.flatMap { self.fact($0) }
        let method = self.method(kind)
        let (profile, personal) = self.profile(required: kind == .profileUpdated)
        // Where the type is unknown, so are its fields: only the type is worth a word.
        if kind != nil { self.fields.noteUnknownFields(alsoKnown: Self.allFields) }
        guard self.fields.problems.isEmpty, let occurredAt, let account, let fact else {
            return EventBatch.Item(eventID: eventID, content: .refused(self.fields.problems))
        }
        let facts = IntakeFacts(
            eventID: eventID, occurredAt: occurredAt, fact: fact, profile: profile, method: method)
        return EventBatch.Item(
            eventID: eventID,
            content: .event(
                IntakeEvent(
                    key: EntityKey(tenant: self.tenant, kind: .account, key: account),
                    facts: facts, personal: personal)))
    }

    /// Known for some type: no warning when another type brings them along.
    private static let allFields = [
        "event_id", "type", "occurred_at", "account_id", "invoice_id", "subscription_id",
        "amount_minor", "currency", "decline_code", "network_code", "advice_code", "charge_id",
        "initiator", "due_at", "link", "earlier_attempts", "approved", "presented_at",
        "payment_method", "profile", "billing_interval", "next_billing_at", "until", "pay_at",
        "parts",
        "payment_method", "profile",
        "channel", "purpose", "granted", "source", "text", "message_id", "hard", "upcoming_id",
        "flag", "set", "reason",
    ]

    private mutating func kind() -> EventJSON.Kind? {
        guard let name = self.fields.text("type", bytesMax: 64, required: true) else { return nil }
        if let kind = EventJSON.Kind(rawValue: name) { return kind }
        let names = EventJSON.Kind.allCases.map(\.rawValue)
        let hint = nearest(to: name, in: names).map { "did you mean \($0)? " } ?? ""
        self.fields.refuse(
            "type", .unknownType,
            "this type of event is not known; \(hint)The types are \(names.joined(separator: ", "))."
        )
        return nil
    }

    private mutating func fact(_ kind: EventJSON.Kind) -> IntakeFacts.Fact? {
        switch kind {
        case .paymentFailed: return self.failure(isExternal: false).map { .paymentFailed($0) }
        case .externalAttempt: return self.failure(isExternal: true).map { .externalAttempt($0) }
        case .paymentSucceeded:
            let amount = self.amount(required: false)
            let chargeID = self.fields.id("charge_id") ?? ""
            guard let obligation = self.fields.id("invoice_id", required: true) else { return nil }
            return .paymentSucceeded(
                PaymentSucceeded(
                    obligation: obligation, amountMinor: amount, chargeID: chargeID))
        case .paymentPending:
            let amount = self.amount(required: false)
            let chargeID = self.fields.id("charge_id") ?? ""
            let token = self.methodToken
            guard let obligation = self.fields.id("invoice_id", required: true) else { return nil }
            return .paymentPending(
                PaymentPending(
                    obligation: obligation, amountMinor: amount, chargeID: chargeID,
                    methodToken: token))
        case .paymentMethodUpdated: return .paymentMethodUpdated
        case .paymentMethodRemoved:
            guard var method = self.fields.object("payment_method", required: true) else {
                return nil
            }
            let token = method.id("token", required: true)
            for name in Self.methodFields { _ = method.value(name) }
            self.fields.absorb(method)
            return token.map { .paymentMethodRemoved(token: $0) }
        case .subscriptionCanceled:
            return self.fields.id("subscription_id", required: true)
                .map { .subscriptionCanceled(subscription: $0) }
        case .obligationVoided:
            return self.fields.id("invoice_id", required: true)
                .map { .obligationVoided(obligation: $0) }
        case .profileUpdated: return .profileUpdated
        case .fundsAvailable, .paymentRefunded, .paymentDisputed, .disputeWon, .disputeLost,
            .paymentReturned, .promiseMade, .snoozed:
            return self.notice(kind).map { .noticed($0) }
        case .consentChanged, .messageReplied, .messageOpened, .messageClicked, .messageBounced,
            .messageComplained, .upcomingCharge, .upcomingChargeCanceled, .accountFlagged:
            return self.peopleFact(kind)
        }
    }

    private mutating func failure(isExternal: Bool) -> PaymentFailed? {
        let invoice = self.fields.id("invoice_id", required: true)
        let subscription = self.fields.id("subscription_id") ?? ""
        let amount = self.amount(required: true)
        let currency = self.currency()
        let dueAt = self.fields.instant("due_at") ?? Timestamp(ms: 0)
        let link = self.link()
        let codes = DeclineCodes(
            code: self.fields.code("decline_code"),
            networkCode: self.fields.code("network_code"),
            adviceCode: self.fields.code("advice_code"))
        let initiator = self.initiator()
        let chargeID = self.fields.id("charge_id") ?? ""
        let earlier = self.earlierAttempts()
        let interval = self.interval()
        let nextBillingAt = self.fields.instant("next_billing_at") ?? Timestamp(ms: 0)
        let wasApproved = isExternal ? self.fields.flag("approved") ?? false : false
        let presentedAt = self.fields.instant("presented_at") ?? Timestamp(ms: 0)
        let methodToken = self.methodToken
        guard let invoice, let amount, let currency else { return nil }
        var failed = PaymentFailed(
            obligation: Obligation(
                id: invoice, subscription: subscription, amountMinor: amount, currency: currency,
                dueAt: dueAt, link: link),
            codes: codes, initiator: initiator, chargeID: chargeID, methodToken: methodToken,
            earlierAttempts: earlier, wasApproved: wasApproved, presentedAt: presentedAt)
        failed.interval = interval
        failed.nextBillingAt = nextBillingAt
        return failed
    }

    /// The token of the method that came along; its problems are noted where the method is read.
    private var methodToken: String {
        mutating get {
            let token = self.fields.value("payment_method").flatMap { $0["token"] }
            if case .string(let text) = token { return text }
            return ""
        }
    }

    // MARK: Money and links

    mutating func amount(required: Bool) -> Int64? {
        self.fields.integer(
            "amount_minor", in: 1...EventLimits.amountMinorMax, required: required,
            example: "4200 for 42.00 EUR")
    }

    mutating func currency() -> Currency? {
        guard let code = self.fields.text("currency", bytesMax: 64, required: true) else {
            return nil
        }
        guard let currency = Currency(active: code) else {
            self.fields.refuse(
                "currency", .malformed,
                "currency is none of ISO 4217's present codes; write EUR for example.")
            return nil
        }
        return currency
    }

    private mutating func link() -> String {
        guard let link = self.fields.text("link", bytesMax: EventLimits.linkBytesMax),
            !link.isEmpty
        else { return "" }
        let isWeb = link.hasPrefix("https://") || link.hasPrefix("http://")
        guard isWeb, link.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            self.fields.refuse(
                "link", .malformed, "link must be a whole https:// address without spaces.")
            return ""
        }
        return link
    }

    private mutating func initiator() -> Initiator {
        switch self.fields.text("initiator", bytesMax: 64) {
        case nil, "merchant": return .merchant
        case "customer": return .customer
        default:
            self.fields.refuse("initiator", .malformed, "initiator is merchant or customer.")
            return .merchant
        }
    }

    private mutating func earlierAttempts() -> [Timestamp] {
        guard let value = self.fields.value("earlier_attempts") else { return [] }
        guard case .array(let elements) = value else {
            self.fields.refuse(
                "earlier_attempts", .wrongKind, "earlier_attempts is a list of times.")
            return []
        }
        guard elements.count <= EventLimits.earlierAttemptsMax else {
            self.fields.refuse(
                "earlier_attempts", .tooMany,
                "earlier_attempts has more than \(EventLimits.earlierAttemptsMax) times; send the "
                    + "newest.")
            return []
        }
        var instants: [Timestamp] = []
        for element in elements {
            guard case .string(let text) = element else {
                self.fields.refuse(
                    "earlier_attempts", .wrongKind, "earlier_attempts is a list of times.")
                return []
            }
            guard let instant = self.fields.instant(text, "earlier_attempts") else { return [] }
            instants.append(instant)
        }
        return instants.sorted()
    }

    // MARK: Payment method

    private static let methodFields = [
        "fingerprint", "brand", "last_four", "expiry_month", "expiry_year", "funding", "default",
        "backup", "bin",
    ]

    private mutating func method(_ kind: EventJSON.Kind?) -> MethodChange? {
        guard let kind, kind != .paymentMethodRemoved else { return nil }
        let isRequired = kind == .paymentMethodUpdated
        guard var method = self.fields.object("payment_method", required: isRequired) else {
            return nil
        }
        let token = method.id("token", required: true)
        let fingerprint = method.id("fingerprint") ?? ""
        let brand = method.text("brand", bytesMax: 64) ?? ""
        let lastFour = method.text("last_four", bytesMax: 255) ?? ""
        if !lastFour.isEmpty, lastFour.utf8.count != 4 || !lastFour.utf8.allSatisfy(isDigit) {
            method.refuse("last_four", .malformed, "last_four is the card's last four digits.")
        }
        let digits = method.text("bin", bytesMax: 255) ?? ""
        let bin = digits.isEmpty ? 0 : PaymentMethod.bin(digits) ?? 0
        if !digits.isEmpty, bin == 0 {
            method.refuse(
                "bin", .malformed, "bin is the first six to eight digits of the card's number.")
        }
        let month = method.integer("expiry_month", in: 1...12, example: "12 for December")
        let year = method.integer("expiry_year", in: 2000...2100, example: "2031")
        if (month == nil) != (year == nil), method.problems.isEmpty {
            method.refuse(
                month == nil ? "expiry_month" : "expiry_year", .missing,
                "expiry_month and expiry_year come together; add the other one.")
        }
        let funding = method.text("funding", bytesMax: 64) ?? ""
        // Who only tells of an attempt does not say that the card became the default.
        let isDefault =
            method.flag("default") ?? (kind != .externalAttempt && kind != .paymentPending)
        let isBackup = method.flag("backup")
        self.fields.absorb(method)
        guard let token, method.problems.isEmpty else { return nil }
        let expiry = month.flatMap { month in year.map { $0 * 12 + month - 1 } } ?? 0
        return MethodChange(
            method: PaymentMethod(
                token: token, fingerprint: fingerprint, network: PaymentNetwork(brand: brand),
                funding: CardFunding(name: funding), lastFour: lastFour,
                expiryMonth: UInt32(expiry), bin: bin),
            makeDefault: isDefault, isBackup: isBackup)
    }

    // MARK: Profile

    private mutating func profile(required: Bool) -> (ProfileChange?, [PersonalContact]) {
        guard var profile = self.fields.object("profile", required: required) else {
            return (nil, [])
        }
        var personal: [PersonalContact] = []
        if let email = profile.text("email", bytesMax: EventLimits.emailBytesMax), !email.isEmpty {
            if isEmailAddress(email) {
                personal.append(PersonalContact(channel: .email, address: email))
            } else {
                profile.refuse(
                    "email", .malformed, "email is not an address; write it as name@example.com.")
            }
        }
        if let phone = profile.text("phone", bytesMax: EventLimits.phoneBytesMax), !phone.isEmpty {
            if isPhoneNumber(phone) {
                // One number takes texts and calls.
                personal.append(PersonalContact(channel: .sms, address: phone))
                personal.append(PersonalContact(channel: .voice, address: phone))
            } else {
                profile.refuse(
                    "phone", .malformed,
                    "phone is a number in international form, +34600123456 for example.")
            }
        }
        if profile.value("name") != nil {
            profile.warn("name", .notUsed, "name is not used yet and was not kept.")
        }
        let locale = profile.text("locale", bytesMax: 35)?.replacing("_", with: "-")
        if let locale, !locale.isEmpty, !isLocale(locale) {
            profile.refuse("locale", .malformed, "locale is a BCP 47 tag, es-MX for example.")
        }
        let zone = profile.text("zone", bytesMax: 64)
        if let zone,
            !zone.utf8.allSatisfy({ isLetter($0) || isDigit($0) || "/_+-".utf8.contains($0) })
        {
            profile.refuse("zone", .malformed, "zone is an IANA name, Europe/Madrid for example.")
        }
        let country = profile.text("country", bytesMax: 255)?.uppercased()
        if let country, !country.isEmpty,
            country.utf8.count != 2 || !country.utf8.allSatisfy(isLetter)
        {
            profile.refuse("country", .malformed, "country is two letters (ISO 3166-1), ES say.")
        }
        let region = profile.text("region", bytesMax: 16)?.uppercased()
        if let region, !region.isEmpty, !isRegion(region) {
            profile.refuse("region", .malformed, "region is an ISO 3166-2 code, US-FL for example.")
        }
        let attributes = Self.attributes(of: &profile)
        self.fields.absorb(profile)
        guard profile.problems.isEmpty else { return (nil, []) }
        return (
            ProfileChange(
                locale: locale, zone: zone, country: country, region: region,
                attributes: attributes),
            personal
        )
    }

    private static func attributes(of profile: inout EventFields) -> [Profile.Attribute] {
        guard let value = profile.value("attributes") else { return [] }
        guard case .object(let members) = value else {
            profile.refuse("attributes", .wrongKind, "attributes is an object of named values.")
            return []
        }
        guard members.count <= Profile.attributesMax else {
            profile.refuse(
                "attributes", .tooMany,
                "attributes has more than \(Profile.attributesMax) names; send the ones that "
                    + "segments use.")
            return []
        }
        var attributes: [Profile.Attribute] = []
        for member in members {
            let text: String
            switch member.value {
            case .string(let value): text = profile.masked(value, "attributes")
            case .number(let spelling): text = spelling
            case .bool(let flag): text = flag ? "true" : "false"
            // Removes the attribute.
            case .null: text = ""
            case .array, .object:
                profile.refuse(
                    "attributes", .wrongKind,
                    "an attribute's value is a text, a number, true or false.")
                return attributes
            }
            guard (1...64).contains(member.name.utf8.count), !CardNumberScan.contains(member.name),
                text.utf8.count <= EventLimits.attributeBytesMax
            else {
                profile.refuse(
                    "attributes", .outOfRange,
                    "an attribute's name has 1 to 64 bytes and its value at most "
                        + "\(EventLimits.attributeBytesMax).")
                return attributes
            }
            attributes.append(Profile.Attribute(name: member.name, value: text))
        }
        return attributes.sorted { $0.name < $1.name }
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

/// One `@` between a name and a dotted host, no spaces. The provider decides about the rest.
private func isEmailAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64 else { return false }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }) else { return false }
    return !text.unicodeScalars.contains {
        $0.isASCII ? isOddInAddress($0) : $0.properties.isWhitespace
    }
}

/// ASCII that no address holds without quotes.
private func isOddInAddress(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\0"..." ", "<", ">", ",", ";", ":", "\"", "(", ")", "[", "]", "\\": true
    default: false
    }
}

/// E.164: `+`, then 8 to 15 digits.
private func isPhoneNumber(_ text: String) -> Bool {
    text.utf8.first == UInt8(ascii: "+") && (9...16).contains(text.utf8.count)
        && text.utf8.dropFirst().allSatisfy(isDigit)
}

/// A country of two letters, a dash, one to three letters or digits.
private func isRegion(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0].utf8.count == 2 && parts[0].utf8.allSatisfy(isLetter)
        && (1...3).contains(parts[1].utf8.count)
        && parts[1].utf8.allSatisfy { isLetter($0) || isDigit($0) }
}

/// A language of 2 to 8 letters, then subtags of 1 to 8 letters and digits (RFC 5646 §2.1).
private func isLocale(_ text: String) -> Bool {
    let tags = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let language = tags.first, (2...8).contains(language.utf8.count),
        language.utf8.allSatisfy(isLetter)
    else { return false }
    return tags.dropFirst().allSatisfy {
        (1...8).contains($0.utf8.count) && $0.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }
}

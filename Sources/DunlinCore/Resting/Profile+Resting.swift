extension Profile {
    /// No fewer bytes than the resting profile takes.
    var restingBytesMax: Int {
        var bytes =
            80 + self.locale.utf8.count + self.zone.utf8.count + self.country.utf8.count
            + self.region.utf8.count
        for contact in self.contacts {
            bytes += 50 + contact.sealed.count + contact.hash.utf8.count
            bytes += 40 + contact.place.country.utf8.count + contact.place.region.utf8.count
            for zone in contact.place.zones { bytes += 12 + zone.utf8.count }
        }
        for attribute in self.attributes {
            bytes += 24 + attribute.name.utf8.count + attribute.value.utf8.count
        }
        return bytes
    }

    func rest(to out: inout OutputSpan<UInt8>, _ base: Int64, _ lexicon: inout Lexicon) {
        out.rest(count: self.contacts.count)
        for contact in self.contacts {
            out.rest(contact.channel)
            var parts: UInt8 = (contact.isReachable ? 1 : 0) | (contact.place == .unknown ? 0 : 2)
            let hash = PackedHash(contact.hash)
            if !contact.hash.isEmpty { parts |= hash == nil ? 4 : 8 }
            out.append(parts)
            if contact.place != .unknown { contact.place.rest(to: &out, &lexicon) }
            out.rest(contact.sealed)
            if let hash {
                out.restWhole(hash.high)
                out.restWhole(hash.low)
            } else if !contact.hash.isEmpty {
                out.rest(contact.hash)
            }
        }
        out.rest(word: self.locale, &lexicon)
        out.rest(word: self.zone, &lexicon)
        out.rest(word: self.country, &lexicon)
        // Few regions are known: one bit says whether there is one.
        out.rest(count: self.attributes.count * 2 + (self.region.isEmpty ? 0 : 1))
        if !self.region.isEmpty { out.rest(word: self.region, &lexicon) }
        for attribute in self.attributes {
            out.rest(word: attribute.name, &lexicon)
            out.rest(attribute.value)
        }
        out.rest(self.changedAt, from: base)
    }

    /// Reads into an empty profile.
    mutating func read(
        from reader: inout RestingReader, _ lexicon: borrowing Lexicon
    ) throws(RecordError) {
        for _ in 0..<(try reader.count()) {
            let channel: Channel = try reader.choice()
            let flags = try reader.byte()
            let place =
                flags & 2 == 0
                ? ContactHours.Place.unknown : try ContactHours.Place(from: &reader, lexicon)
            let sealed = try reader.blob()
            var hash = ""
            if flags & 8 != 0 {
                hash = PackedHash(high: try reader.whole(), low: try reader.whole()).text
            } else if flags & 4 != 0 {
                hash = try reader.text()
            }
            self.contacts.append(
                SealedContact(
                    channel: channel, sealed: sealed, isReachable: flags & 1 != 0, place: place,
                    hash: hash))
        }
        self.locale = try reader.word(lexicon)
        self.zone = try reader.word(lexicon)
        self.country = try reader.word(lexicon)
        let attributes = try reader.count()
        self.region = attributes % 2 == 0 ? "" : try reader.word(lexicon)
        for _ in 0..<attributes / 2 {
            self.attributes.append(
                Attribute(name: try reader.word(lexicon), value: try reader.text()))
        }
        self.changedAt = try reader.timestamp()
    }
}

extension ContactHours.Place {
    fileprivate func rest(to out: inout OutputSpan<UInt8>, _ lexicon: inout Lexicon) {
        out.rest(word: self.country, &lexicon)
        out.rest(word: self.region, &lexicon)
        out.rest(count: self.zones.count)
        for zone in self.zones { out.rest(word: zone, &lexicon) }
    }

    fileprivate init(
        from reader: inout RestingReader, _ lexicon: borrowing Lexicon
    ) throws(RecordError) {
        self.init(country: try reader.word(lexicon), zones: [])
        self.region = try reader.word(lexicon)
        for _ in 0..<(try reader.count()) { self.zones.append(try reader.word(lexicon)) }
    }
}

extension HeldMethod {
    /// No fewer bytes than the resting method takes.
    var restingBytesMax: Int {
        118 + self.method.token.utf8.count + self.method.fingerprint.utf8.count
            + self.method.lastFour.utf8.count
    }

    func rest(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        out.rest(self.number)
        out.append((self.isDefault ? 1 : 0) | (self.isBackup ? 2 : 0))
        out.rest(id: self.method.token)
        out.rest(id: self.method.fingerprint)
        out.rest(self.method.network)
        out.rest(self.method.funding)
        out.rest(self.method.lastFour)
        out.rest(self.method.expiryMonth)
        out.rest(self.method.bin)
        self.standing.rest(to: &out, base)
        out.rest(self.changedAt, from: base)
        out.rest(self.defaultSince, from: base)
    }

    init(from reader: inout RestingReader) throws(RecordError) {
        let number = try reader.uint32()
        let flags = try reader.byte()
        let token = try reader.id()
        let fingerprint = try reader.id()
        let network: PaymentNetwork = try reader.choice()
        let funding: CardFunding = try reader.choice()
        let lastFour = try reader.text()
        let method = PaymentMethod(
            token: token, fingerprint: fingerprint, network: network, funding: funding,
            lastFour: lastFour, expiryMonth: try reader.uint32(), bin: try reader.uint32())
        let standing = try CredentialStanding(from: &reader)
        self.init(
            number: number, method: method, standing: standing, isDefault: flags & 1 != 0,
            isBackup: flags & 2 != 0, changedAt: try reader.timestamp(),
            defaultSince: try reader.timestamp())
    }
}

extension CredentialStanding {
    private static let hasBlock: UInt8 = 1
    private static let hasTries: UInt8 = 2
    private static let isSet: UInt8 = 4

    func rest(to out: inout OutputSpan<UInt8>, _ base: Int64) {
        // Most credentials have nothing against them.
        guard self != CredentialStanding() else { return out.append(0) }
        var parts = Self.isSet
        if self.blockedBy != nil { parts |= Self.hasBlock }
        if self.triesLeft != nil { parts |= Self.hasTries }
        out.append(parts)
        if let advice = self.blockedBy { out.rest(advice) }
        if let tries = self.triesLeft { out.rest(tries) }
        out.rest(self.declineClass)
        out.rest(self.notBefore, from: base)
    }

    init(from reader: inout RestingReader) throws(RecordError) {
        self.init()
        let parts = try reader.byte()
        guard parts & Self.isSet != 0 else { return }
        if parts & Self.hasBlock != 0 { self.blockedBy = try reader.choice() as RetryAdvice }
        if parts & Self.hasTries != 0 { self.triesLeft = try reader.uint32() }
        self.declineClass = try reader.choice()
        self.notBefore = try reader.timestamp()
    }
}

// `dunlin.v1.HeldMethod` and `dunlin.v1.CredentialStanding`.

extension HeldMethod: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.number)
        out.put(2, self.method.token)
        out.put(3, self.method.fingerprint)
        out.put(4, self.method.network)
        out.put(5, self.method.funding)
        out.put(6, self.method.lastFour)
        out.put(7, self.method.expiryMonth)
        out.put(8, self.standing)
        out.put(9, self.isDefault)
        out.put(10, self.isBackup)
        out.put(11, self.changedAt)
        out.put(12, self.defaultSince)
        out.put(13, self.method.bin)
    }

    static var blank: HeldMethod {
        HeldMethod(
            number: 0, method: PaymentMethod(token: ""), isDefault: false,
            changedAt: Timestamp(ms: 0))
    }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.number = try reader.uint32()
            case 2: self.method.token = try reader.string()
            case 3: self.method.fingerprint = try reader.string()
            case 4: self.method.network = try reader.choice()
            case 5: self.method.funding = try reader.choice()
            case 6: self.method.lastFour = try reader.string()
            case 7: self.method.expiryMonth = try reader.uint32()
            case 8: try reader.message(into: &self.standing)
            case 9: self.isDefault = try reader.bool()
            case 10: self.isBackup = try reader.bool()
            case 11: self.changedAt = try reader.timestamp()
            case 12: self.defaultSince = try reader.timestamp()
            case 13: self.method.bin = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

extension CredentialStanding: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.putIfSet(1, self.blockedBy)
        out.put(2, self.declineClass)
        out.put(3, self.notBefore)
        out.putIfSet(4, self.triesLeft)
    }

    static var blank: CredentialStanding { CredentialStanding() }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.blockedBy = try reader.choice() as RetryAdvice
            case 2: self.declineClass = try reader.choice()
            case 3: self.notBefore = try reader.timestamp()
            case 4: self.triesLeft = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

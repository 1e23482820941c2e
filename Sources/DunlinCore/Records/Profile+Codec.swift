// `dunlin.v1.Profile` and what belongs to it.

extension Profile: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.contacts)
        out.put(2, self.locale)
        out.put(3, self.zone)
        out.put(4, self.country)
        out.put(5, self.attributes)
        out.put(6, self.changedAt)
        out.put(7, self.region)
    }

    static var blank: Profile { Profile() }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: try reader.message(into: &self.contacts)
            case 2: self.locale = try reader.string()
            case 3: self.zone = try reader.string()
            case 4: self.country = try reader.string()
            case 5: try reader.message(into: &self.attributes)
            case 6: self.changedAt = try reader.timestamp()
            case 7: self.region = try reader.string()
            default: try reader.skip()
            }
        }
    }
}

extension Profile.Attribute: InPlacePart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.name)
        out.put(2, self.value)
    }

    static var blank: Profile.Attribute { Profile.Attribute(name: "", value: "") }

    mutating func read(from reader: inout ProtoReader) throws(RecordError) {
        while let field = try reader.next() {
            switch field {
            case 1: self.name = try reader.string()
            case 2: self.value = try reader.string()
            default: try reader.skip()
            }
        }
    }
}

extension SealedContact: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.channel)
        out.put(2, self.sealed)
        out.put(3, !self.isReachable)
        if self.place != .unknown { out.putMessage(4, self.place) }
        out.put(5, self.hash)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        var channel: Channel?
        var sealed: [UInt8] = []
        var isReachable = true
        var place = ContactHours.Place.unknown
        var hash = ""
        while let field = try reader.next() {
            switch field {
            case 1: channel = try reader.choice()
            case 2: sealed = try reader.blob()
            case 3: isReachable = try !reader.bool()
            case 4: place = try reader.message()
            case 5: hash = try reader.string()
            default: try reader.skip()
            }
        }
        guard let channel else { throw .malformed }
        self.init(
            channel: channel, sealed: sealed, isReachable: isReachable, place: place, hash: hash)
    }
}

// `dunlin.v1.TenantSnapshot` and the events of tenants and shards.

extension TenantState {
    /// The snapshot, in an array of just its size.
    package func packed() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRecord(expecting: 64) { out in self.write(to: &out) }
        return Array(bytes[...])
    }

    /// Reads a snapshot. Any bytes are safe; fields of a newer level are skipped.
    package init(packed bytes: [UInt8]) throws(RecordError) {
        var reader = ProtoReader(bytes)
        try self.init(from: &reader)
    }
}

extension TenantState: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.put(1, self.lastRecord.op)
        out.put(2, self.lastRecord.index)
        out.put(3, self.lastAt)
        out.putIfSet(4, self.mode)
        out.put(5, self.chargesPaused)
        out.put(6, self.messagesPaused)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init()
        while let field = try reader.next() {
            switch field {
            case 1: self.lastRecord.op = try reader.uint64()
            case 2: self.lastRecord.index = try reader.uint32()
            case 3: self.lastAt = try reader.timestamp()
            case 4: self.mode = try reader.choice() as TenantSettings.Mode
            case 5: self.chargesPaused = try reader.bool()
            case 6: self.messagesPaused = try reader.bool()
            default: try reader.skip()
            }
        }
    }
}

extension TenantSwitched: RecordPart {
    func write(to out: inout ProtoWriter) {
        out.putIfSet(1, self.mode)
        out.putIfSet(2, self.chargesPaused)
        out.putIfSet(3, self.messagesPaused)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.init()
        while let field = try reader.next() {
            switch field {
            case 1: self.mode = try reader.choice() as TenantSettings.Mode
            case 2: self.chargesPaused = try reader.bool()
            case 3: self.messagesPaused = try reader.bool()
            default: try reader.skip()
            }
        }
    }
}

/// `dunlin.v1.BundleActivated`.
struct BundleActivatedPart: RecordPart {
    var bundle: BundleID

    init(bundle: BundleID) {
        self.bundle = bundle
    }

    func write(to out: inout ProtoWriter) {
        out.putFixed(1, self.bundle.rawValue)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.bundle = BundleID(0)
        while let field = try reader.next() {
            switch field {
            case 1: self.bundle = BundleID(try reader.fixed64())
            default: try reader.skip()
            }
        }
    }
}

struct EpochBeganPart: RecordPart {
    var epoch: UInt64
    var primary: String

    init(epoch: UInt64, primary: String) {
        self.epoch = epoch
        self.primary = primary
    }

    func write(to out: inout ProtoWriter) {
        out.put(1, self.epoch)
        out.put(2, self.primary)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.epoch = 0
        self.primary = ""
        while let field = try reader.next() {
            switch field {
            case 1: self.epoch = try reader.uint64()
            case 2: self.primary = try reader.string()
            default: try reader.skip()
            }
        }
    }
}

/// A message whose one field, number 1, is a small number: `dunlin.v1.LevelRaised` and
/// `dunlin.v1.MethodRemoved`.
struct NumberPart: RecordPart {
    var number: UInt32

    init(number: UInt32) {
        self.number = number
    }

    func write(to out: inout ProtoWriter) {
        out.put(1, self.number)
    }

    init(from reader: inout ProtoReader) throws(RecordError) {
        self.number = 0
        while let field = try reader.next() {
            switch field {
            case 1: self.number = try reader.uint32()
            default: try reader.skip()
            }
        }
    }
}

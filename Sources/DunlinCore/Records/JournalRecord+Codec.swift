// `dunlin.v1.Record`, as an element of `dunlin.v1.Batch`. Level 1.

extension JournalRecord {
    /// Field 1 of `dunlin.v1.Batch`.
    static let recordsField: UInt32 = 1
    private static let expectedBytes = 512

    /// Appends the record to a batch.
    package func append(to batch: inout [UInt8]) {
        switch self.content {
        case .account(let recorded):
            Self.append(recorded, of: self.key, previous: self.previous, to: &batch)
        case .tenant(let event, let instant):
            batch.appendRecord(expecting: Self.expectedBytes) { out in
                let start = out.openMessage(Self.recordsField, width: 1)
                self.writeHead(kind: event.kind, at: instant, to: &out)
                event.write(to: &out)
                out.closeMessage(at: start, width: 1)
            }
        case .shard(let event, let instant):
            batch.appendRecord(expecting: Self.expectedBytes) { out in
                let start = out.openMessage(Self.recordsField, width: 1)
                self.writeHead(kind: event.kind, at: instant, to: &out)
                event.write(to: &out)
                out.closeMessage(at: start, width: 1)
            }
        case .budget(let event, let instant):
            batch.appendRecord(expecting: Self.expectedBytes) { out in
                let start = out.openMessage(Self.recordsField, width: 2)
                self.writeHead(kind: event.kind, at: instant, to: &out)
                event.write(to: &out)
                out.closeMessage(at: start, width: 2)
            }
        }
    }

    /// Appends an account's event to a batch, without a record around it: the hot path.
    package static func append(
        _ recorded: RecordedEvent, of key: EntityKey, previous: RecordPosition,
        to batch: inout [UInt8]
    ) {
        batch.appendRecord(expecting: Self.expectedBytes) { out in
            let width = recorded.event.isUsuallyLong ? 2 : 1
            let start = out.openMessage(Self.recordsField, width: width)
            out.put(1, recorded.event.kind)
            out.put(2, key.key)
            out.put(3, recorded.at)
            out.put(4, previous.op)
            out.put(5, previous.index)
            out.putFixed(6, recorded.eventHash)
            out.put(7, recorded.isAnnounced)
            key.writePlace(to: &out)
            recorded.event.write(to: &out)
            out.closeMessage(at: start, width: width)
        }
    }

    private func writeHead(kind: EventKind, at instant: Timestamp, to out: inout ProtoWriter) {
        out.put(1, kind)
        out.put(2, self.key.key)
        out.put(3, instant)
        out.put(4, self.previous.op)
        out.put(5, self.previous.index)
        self.key.writePlace(to: &out)
    }

    /// Reads the fields of one record, to the reader's end.
    init(from reader: inout ProtoReader) throws(RecordError) {
        var kind: EventKind?
        var key = ""
        var at = Timestamp(ms: 0)
        var previous = RecordPosition.none
        var eventHash: UInt64 = 0
        var isAnnounced = false
        var entity = EntityKind.account
        var tenant = EntityKey.mainTenant
        var event: AnyEvent?
        while let field = try reader.next() {
            switch field {
            case 1: kind = try reader.choice()
            case 2: key = try reader.string()
            case 3: at = try reader.timestamp()
            case 4: previous.op = try reader.uint64()
            case 5: previous.index = try reader.uint32()
            case 6: eventHash = try reader.fixed64()
            case 7: isAnnounced = try reader.bool()
            case 8: entity = try reader.choice()
            case 9:
                let name = try reader.string()
                if !name.isEmpty { tenant = name }
            default:
                if let read = try AnyEvent(field: field, from: &reader) {
                    event = read
                } else {
                    try reader.skip()
                }
            }
        }
        guard let kind else { throw .malformed }
        // Two kinds have no sub-message.
        switch kind {
        case .keyCreated: event = .account(.keyCreated)
        case .keyDestroyed: event = .account(.keyDestroyed)
        default: break
        }
        guard let event, event.kind == kind, event.isOf(entity) else { throw .malformed }
        let content: Content =
            switch event {
            case .account(let event):
                .account(
                    RecordedEvent(
                        at: at, event: event, isAnnounced: isAnnounced, eventHash: eventHash))
            case .tenant(let event): .tenant(event, at: at)
            case .shard(let event): .shard(event, at: at)
            case .budget(let event): .budget(event, at: at)
            }
        self.init(
            key: EntityKey(tenant: tenant, kind: entity, key: key), previous: previous,
            content: content)
    }
}

extension EntityKey {
    /// Kind and tenant, unless they are the usual ones.
    fileprivate func writePlace(to out: inout ProtoWriter) {
        if self.kind != .account { out.put(8, self.kind) }
        if self.tenant != Self.mainTenant { out.put(9, self.tenant) }
    }
}

/// The one event sub-message of a record.
private enum AnyEvent {
    case account(AccountEvent)
    case tenant(TenantEvent)
    case shard(ShardEvent)
    case budget(SharedBudgetEvent)

    var kind: EventKind {
        switch self {
        case .account(let event): event.kind
        case .tenant(let event): event.kind
        case .shard(let event): event.kind
        case .budget(let event): event.kind
        }
    }

    func isOf(_ kind: EntityKind) -> Bool {
        switch self {
        case .account: kind == .account
        case .tenant: kind == .tenant
        case .shard: kind == .shard
        case .budget: kind == .card || kind == .contact
        }
    }

    /// Answers `nil` for a field of a newer level.
    init?(field: UInt32, from reader: inout ProtoReader) throws(RecordError) {
        switch field {
        case 10...63:
            guard let event = try AccountEvent(field: field, from: &reader) else { return nil }
            self = .account(event)
        case 64: self = .tenant(.switched(try reader.message()))
        case 80: self = .budget(.reported(try reader.message()))
        case 81: self = .budget(.wordTaken(try reader.message()))
        case 96:
            let part: BundleActivatedPart = try reader.message()
            self = .shard(.bundleActivated(part.bundle))
        case 97:
            let part: NumberPart = try reader.message()
            self = .shard(.levelRaised(part.number))
        case 98:
            let part: EpochBeganPart = try reader.message()
            self = .shard(.epochBegan(part.epoch, primary: part.primary))
        default: return nil
        }
    }
}

extension TenantEvent {
    fileprivate func write(to out: inout ProtoWriter) {
        switch self {
        case .switched(let switched): out.putMessage(64, switched)
        }
    }
}

extension SharedBudgetEvent {
    fileprivate func write(to out: inout ProtoWriter) {
        switch self {
        case .reported(let event): out.putMessage(80, event)
        case .wordTaken(let event): out.putMessage(81, event)
        }
    }
}

extension ShardEvent {
    fileprivate func write(to out: inout ProtoWriter) {
        switch self {
        case .bundleActivated(let bundle):
            out.putMessage(96, BundleActivatedPart(bundle: bundle))
        case .levelRaised(let level): out.putMessage(97, NumberPart(number: level))
        case .epochBegan(let epoch, let primary):
            out.putMessage(98, EpochBeganPart(epoch: epoch, primary: primary))
        }
    }
}

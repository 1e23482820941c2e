import CDunlinProto
package import DunlinCore

/// The messages of ``NodeCalls/explain``.
package enum ExplainCall {
    /// Sentences, with the ids in them.
    private static let wordsBytesMax = 16_384
    private static let standingMax = 4_096

    package static func request(_ key: EntityKey) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(
            Dunlin__V1__ExplainRequest.self
        ) { pack, request throws(WireError) in
            request.pointee.entity = try pack.entity(key)
        }
    }

    package static func key(packed bytes: [UInt8]) throws(WireError) -> EntityKey {
        try ProtoCodec.unpack(
            Dunlin__V1__ExplainRequest.self, bytes
        ) { request throws(WireError) in
            try Unpacking.entity(request.pointee.entity)
        }
    }

    /// None for an account that was never heard of.
    package static func items(_ reasons: AccountReasons?) throws(WireError) -> [[UInt8]] {
        guard let reasons else { return [] }
        let head = try ProtoCodec.pack(
            Dunlin__V1__ExplainItem.self
        ) { pack, item throws(WireError) in
            let standing = Array(reasons.standing.prefix(Self.standingMax))
            item.pointee.has_as_of_ms = 1
            item.pointee.as_of_ms = reasons.asOf.ms
            item.pointee.n_standing = standing.count
            item.pointee.standing = try pack.texts(standing)
        }
        var items = [head]
        for slot in reasons.slots { items.append(try Self.item(slot)) }
        return items
    }

    /// Adds what an item holds; the first makes the answer.
    package static func add(
        item bytes: [UInt8], of key: EntityKey, to reasons: inout AccountReasons?
    ) throws(WireError) {
        let (head, slot) = try ProtoCodec.unpack(
            Dunlin__V1__ExplainItem.self, bytes
        ) { item throws(WireError) -> (AccountReasons, PlannedSlot?) in
            (
                AccountReasons(
                    key: key, asOf: Timestamp(ms: item.pointee.as_of_ms),
                    standing: try Unpacking.texts(
                        item.pointee.n_standing, item.pointee.standing, "standing",
                        countMax: Self.standingMax, bytesMax: Self.wordsBytesMax),
                    slots: []),
                try item.pointee.slot.map { slot throws(WireError) in
                    try Self.slot(UnsafePointer(slot))
                }
            )
        }
        guard var sum = reasons else {
            guard slot == nil else {
                throw WireError(.badValue, "an explanation begins with a slot")
            }
            reasons = head
            return
        }
        if let slot { sum.slots.append(slot) }
        guard sum.slots.count <= AccountReasons.slotsMax else {
            throw WireError(.badValue, "over \(AccountReasons.slotsMax) slots")
        }
        reasons = sum
    }

    private static func item(_ slot: PlannedSlot) throws(WireError) -> [UInt8] {
        try ProtoCodec.pack(Dunlin__V1__ExplainItem.self) { pack, item throws(WireError) in
            let packed = pack.make(Dunlin__V1__ExplainedSlot.self)
            packed.pointee.has_kind = 1
            packed.pointee.kind = UInt32(slot.kind.rawValue)
            packed.pointee.has_case_number = 1
            packed.pointee.case_number = slot.caseNumber
            packed.pointee.name = try pack.textOrNil(slot.name)
            packed.pointee.has_at_ms = 1
            packed.pointee.at_ms = slot.at.ms
            packed.pointee.words = try pack.textOrNil(slot.words)
            packed.pointee.n_reasons = slot.reasons.count
            packed.pointee.reasons = try pack.messages(
                Dunlin__V1__ExplainedReason.self, slot.reasons
            ) { message, reason throws(WireError) in
                message.pointee.has_rule = 1
                message.pointee.rule = UInt32(reason.rule.rawValue)
                message.pointee.name = try pack.textOrNil(reason.name)
                message.pointee.has_number = 1
                message.pointee.number = reason.number
                message.pointee.version = try pack.textOrNil(reason.version)
                message.pointee.source = try pack.textOrNil(reason.source)
                message.pointee.words = try pack.textOrNil(reason.words)
                message.pointee.has_frees_at_ms = 1
                message.pointee.frees_at_ms = reason.freesAt.ms
                message.pointee.has_without_at_ms = 1
                message.pointee.without_at_ms = reason.withoutAt.ms
                message.pointee.has_is_decisive = 1
                message.pointee.is_decisive = reason.isDecisive ? 1 : 0
            }
            item.pointee.slot = packed
        }
    }

    private static func slot(
        _ packed: UnsafePointer<Dunlin__V1__ExplainedSlot>
    ) throws(WireError) -> PlannedSlot {
        PlannedSlot(
            kind: try Unpacking.kind(packed.pointee.kind, "kind", PlannedSlot.Kind.self),
            caseNumber: packed.pointee.case_number,
            name: try Unpacking.text(packed.pointee.name, "name", bytesMax: Self.wordsBytesMax),
            at: Timestamp(ms: packed.pointee.at_ms),
            words: try Unpacking.text(
                packed.pointee.words, "words", bytesMax: Self.wordsBytesMax),
            reasons: try Unpacking.messages(
                packed.pointee.n_reasons, packed.pointee.reasons, "reasons",
                countMax: AccountReasons.reasonsMax, Self.reason))
    }

    private static func reason(
        _ message: UnsafePointer<Dunlin__V1__ExplainedReason>
    ) throws(WireError) -> SlotReason {
        func text(
            _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString
        ) throws(WireError) -> String {
            try Unpacking.text(pointer, field, bytesMax: Self.wordsBytesMax)
        }
        return SlotReason(
            rule: try Unpacking.kind(message.pointee.rule, "rule", SlotRule.self),
            name: try text(message.pointee.name, "name"), number: message.pointee.number,
            version: try text(message.pointee.version, "version"),
            source: try text(message.pointee.source, "source"),
            words: try text(message.pointee.words, "words"),
            freesAt: Timestamp(ms: message.pointee.frees_at_ms),
            withoutAt: Timestamp(ms: message.pointee.without_at_ms),
            isDecisive: message.pointee.is_decisive != 0)
    }
}

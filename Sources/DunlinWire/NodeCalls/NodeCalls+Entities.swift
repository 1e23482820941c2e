import CDunlinProto
import DunlinCore

// The parts that several calls share.

extension Packing {
    func entity(
        _ key: EntityKey
    ) throws(WireError) -> UnsafeMutablePointer<Dunlin__V1__EntityName> {
        let name = self.make(Dunlin__V1__EntityName.self)
        try self.fill(name, key)
        return name
    }

    func fill(
        _ name: UnsafeMutablePointer<Dunlin__V1__EntityName>, _ key: EntityKey
    ) throws(WireError) {
        name.pointee.tenant = try self.text(key.tenant)
        name.pointee.has_kind = 1
        name.pointee.kind = UInt32(key.kind.rawValue)
        name.pointee.key = try self.text(key.key)
    }

    func position(
        _ position: RecordPosition
    ) -> UnsafeMutablePointer<Dunlin__V1__JournalPosition> {
        let packed = self.make(Dunlin__V1__JournalPosition.self)
        packed.pointee.has_op = 1
        packed.pointee.op = position.op
        packed.pointee.has_index = 1
        packed.pointee.index = position.index
        return packed
    }
}

extension Unpacking {
    static func entity(
        _ pointer: UnsafeMutablePointer<Dunlin__V1__EntityName>?
    ) throws(WireError) -> EntityKey {
        try Self.entity(Self.required(pointer, "entity"))
    }

    static func entity(
        _ name: UnsafePointer<Dunlin__V1__EntityName>
    ) throws(WireError) -> EntityKey {
        let tenant = try Self.text(
            name.pointee.tenant, "tenant", bytesMax: NodeCalls.idBytesMax)
        let kind: EntityKind =
            name.pointee.has_kind == 0
            ? .account : try Self.kind(name.pointee.kind, "kind", EntityKind.self)
        return EntityKey(
            tenant: tenant.isEmpty ? EntityKey.mainTenant : tenant, kind: kind,
            key: try Self.name(name.pointee.key, "key", bytesMax: NodeCalls.idBytesMax))
    }

    static func position(
        _ pointer: UnsafeMutablePointer<Dunlin__V1__JournalPosition>?
    ) -> RecordPosition {
        guard let pointer else { return .none }
        return RecordPosition(op: pointer.pointee.op, index: pointer.pointee.index)
    }

    static func currency(
        _ pointer: UnsafeMutablePointer<CChar>?
    ) throws(WireError) -> Currency {
        let code = try Self.name(pointer, "currency", bytesMax: 3)
        guard let currency = Currency(code) else {
            throw WireError(.badValue, "currency is not three letters")
        }
        return currency
    }

    static func id(
        _ pointer: UnsafeMutablePointer<CChar>?, _ field: StaticString
    ) throws(WireError) -> String {
        try Self.text(pointer, field, bytesMax: NodeCalls.idBytesMax)
    }

    static func count(_ value: Int64, _ field: StaticString) throws(WireError) -> Int64 {
        guard value >= 0 else { throw WireError(.badValue, "\(field) is negative") }
        return value
    }
}

/// Cuts rows into items of at most ``WireLimits/itemBytesMax`` bytes: each run aims at
/// ``NodeCalls/itemBytesAim``, by a row's worst size. Always at least one run, if empty.
func runs<Row>(_ rows: [Row], rowBytesMax: Int) -> [[Row]] {
    let count = max(1, WireLimits.itemBytesMax / 2 / rowBytesMax)
    guard !rows.isEmpty else { return [[]] }
    return stride(from: 0, to: rows.count, by: count).map {
        Array(rows[$0..<min($0 + count, rows.count)])
    }
}

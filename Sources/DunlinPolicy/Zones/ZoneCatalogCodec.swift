package import DunlinCore

/// A zone catalog as bytes: the same catalog gives the same bytes on every machine.
///
/// Format 1, numbers as LEB128, signed ones zigzag-coded: the byte 1; how many tables; for each
/// its initial offset in milliseconds, how many transitions, and for each transition the
/// milliseconds since the one before and the offset; how many names; for each its length, its
/// UTF-8 and the table's number. Names are sorted; tables are numbered by their first name, so
/// that names of one table share it.
package enum ZoneCatalogCodec {
    /// Most tables, names and transitions of one table that are read.
    package static let countMax = 1 << 14
    private static let format: UInt8 = 1

    package static func encode(_ catalog: ZoneCatalog) -> [UInt8] {
        var names: [(name: String, table: Int)] = []
        var tables: [ZoneTable] = []
        var numbers: [ZoneShape: Int] = [:]
        for (name, zone) in catalog.zones.sorted(by: {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }) {
            let shape = ZoneShape(zone)
            let number = numbers[shape] ?? tables.count
            if number == tables.count {
                numbers[shape] = number
                tables.append(zone)
            }
            names.append((name, number))
        }
        var writer = VarintWriter(bytes: [Self.format])
        writer.append(UInt64(tables.count))
        for table in tables {
            writer.append(signed: table.initialOffsetMs)
            writer.append(UInt64(table.transitions.count))
            var before: Int64 = 0
            for transition in table.transitions {
                writer.append(signed: transition.at.ms &- before)
                writer.append(signed: transition.offsetMs)
                before = transition.at.ms
            }
        }
        writer.append(UInt64(names.count))
        for (name, table) in names {
            writer.append(UInt64(name.utf8.count))
            writer.bytes.append(contentsOf: name.utf8)
            writer.append(UInt64(table))
        }
        return writer.bytes
    }

    /// Answers `nil` for bytes that ``encode(_:)`` never gives.
    package static func decode(_ bytes: [UInt8]) -> ZoneCatalog? {
        var reader = VarintReader(bytes: bytes[...])
        guard reader.byte() == Self.format, let tableCount = reader.count(max: Self.countMax) else {
            return nil
        }
        var tables: [(initialOffsetMs: Int64, transitions: [ZoneTable.Transition])] = []
        for _ in 0..<tableCount {
            guard let initial = reader.signed(), let count = reader.count(max: Self.countMax) else {
                return nil
            }
            var transitions: [ZoneTable.Transition] = []
            var at: Int64 = 0
            for _ in 0..<count {
                guard let step = reader.signed(), let offset = reader.signed() else { return nil }
                let (next, overflow) = at.addingReportingOverflow(step)
                guard !overflow, transitions.isEmpty || step > 0 else { return nil }
                at = next
                transitions.append(.init(at: Timestamp(ms: at), offsetMs: offset))
            }
            tables.append((initial, transitions))
        }
        guard let nameCount = reader.count(max: Self.countMax) else { return nil }
        var zones: [String: ZoneTable] = [:]
        for _ in 0..<nameCount {
            guard let length = reader.count(max: 255), let name = reader.text(length),
                let number = reader.count(max: Self.countMax), number < tables.count
            else { return nil }
            zones[name] = ZoneTable(
                name: name, initialOffsetMs: tables[number].initialOffsetMs,
                transitions: tables[number].transitions)
        }
        return reader.isAtEnd && zones.count == nameCount ? ZoneCatalog(zones: zones) : nil
    }
}

/// A table without its name: equal for zones whose clocks always agree.
struct ZoneShape: Hashable {
    private let initialOffsetMs: Int64
    private let numbers: [Int64]

    init(_ zone: ZoneTable) {
        self.initialOffsetMs = zone.initialOffsetMs
        self.numbers = zone.transitions.flatMap { [$0.at.ms, $0.offsetMs] }
    }
}

private struct VarintWriter {
    var bytes: [UInt8]

    mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    mutating func append(signed value: Int64) {
        self.append(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }
}

private struct VarintReader {
    var bytes: ArraySlice<UInt8>

    var isAtEnd: Bool { self.bytes.isEmpty }

    mutating func byte() -> UInt8? { self.bytes.popFirst() }

    mutating func unsigned() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = self.byte(), shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    mutating func signed() -> Int64? {
        self.unsigned().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

    mutating func count(max: Int) -> Int? {
        guard let value = self.unsigned(), value <= UInt64(max) else { return nil }
        return Int(value)
    }

    mutating func text(_ length: Int) -> String? {
        guard self.bytes.count >= length else { return nil }
        let text = String(validating: self.bytes.prefix(length), as: UTF8.self)
        self.bytes = self.bytes.dropFirst(length)
        return text
    }
}

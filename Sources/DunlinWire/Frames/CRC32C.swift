/// CRC-32C (Castagnoli), as in iSCSI and ext4: eight bytes a step over eight tables.
///
/// Source: Kounavis and Berry, "A systematic approach to building high performance, software-based,
/// CRC generators", 2005.
package enum CRC32C {
    /// The checksum of `bytes`, continuing from `crc`: the checksum of what came before, 0 at first.
    package static func checksum(
        _ bytes: UnsafeRawBufferPointer, continuing crc: UInt32 = 0
    ) -> UInt32 {
        Self.tables.withUnsafeBufferPointer { tables in
            var crc = ~crc
            var offset = 0
            while offset &+ 8 <= bytes.count {
                let word = UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                crc = Self.step(tables, word ^ UInt64(crc))
                offset &+= 8
            }
            while offset < bytes.count {
                crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[offset])]
                offset &+= 1
            }
            return ~crc
        }
    }

    package static func checksum(_ bytes: [UInt8], continuing crc: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { Self.checksum($0, continuing: crc) }
    }

    @inline(__always)
    private static func step(_ tables: UnsafeBufferPointer<UInt32>, _ word: UInt64) -> UInt32 {
        @inline(__always) func part(_ table: Int, _ shift: UInt64) -> UInt32 {
            tables[table &* 256 &+ Int(UInt8(truncatingIfNeeded: word >> shift))]
        }
        return part(7, 0) ^ part(6, 8) ^ part(5, 16) ^ part(4, 24)
            ^ part(3, 32) ^ part(2, 40) ^ part(1, 48) ^ part(0, 56)
    }

    /// Eight tables of 256 entries; table n is for the byte that n more bytes follow.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0x82F6_3B78 }
            tables[byte] = crc
        }
        for index in 256..<(8 * 256) {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
}

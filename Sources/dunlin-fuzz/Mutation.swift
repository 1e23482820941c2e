/// Ways to damage bytes. They know a little of protobuf, so that damage gets beyond the first tag.
enum Mutation {
    /// Numbers that sit on the edges of what formats can say.
    private static let edges: [[UInt8]] = [
        [0x00], [0x7F], [0x80, 0x01], [0xFF, 0xFF, 0x03], [0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x80, 0x80, 0x80, 0x80, 0x10],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    ]

    private static let bytesMax = 65_536

    /// `corpus`: Where pieces of other inputs are taken from.
    static func mutated(
        _ bytes: [UInt8], corpus: [[UInt8]], _ random: inout Randomness
    ) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(6) {
            Self.mutate(&bytes, corpus, &random)
            if bytes.count > Self.bytesMax { bytes.removeLast(bytes.count - Self.bytesMax) }
        }
        return bytes
    }

    private static func mutate(
        _ bytes: inout [UInt8], _ corpus: [[UInt8]], _ random: inout Randomness
    ) {
        let place = random.below(bytes.count + 1)
        switch random.below(11) {
        case 0 where place < bytes.count: bytes[place] ^= UInt8(1 << random.below(8))
        case 1 where place < bytes.count: bytes[place] = random.byte()
        case 2: bytes.insert(contentsOf: random.pick(Self.edges), at: place)
        case 3: bytes.removeLast(bytes.count - place)
        case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(8)))
        case 5:
            let end = min(bytes.count, place + 1 + random.below(32))
            let piece = Array(bytes[place..<end])
            for _ in 0...random.below(20) { bytes.insert(contentsOf: piece, at: place) }
        case 6:
            let other = random.pick(corpus)
            let start = random.below(other.count + 1)
            let end = min(other.count, start + random.below(64))
            bytes.insert(contentsOf: other[start..<end], at: place)
        case 7:
            bytes.insert(contentsOf: (0..<random.below(9)).map { _ in random.byte() }, at: place)
        case 8:
            // A field: any number and wire type, then what the wire type wants, or nearly.
            bytes.insert(UInt8(random.below(16) << 3 | random.below(8)), at: place)
        case 9:
            // The whole as a sub-message of itself.
            bytes = [UInt8(random.below(16) << 3 | 2)] + Self.varint(UInt64(bytes.count)) + bytes
        default:
            let start = random.below(bytes.count + 1)
            bytes[min(start, place)..<max(start, place)].reverse()
        }
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }
}

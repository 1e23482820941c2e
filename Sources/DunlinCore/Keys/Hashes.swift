/// SplitMix64's finalizer after one step of its sequence: a bijection that mixes all 64 bits.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
/// <https://doi.org/10.1145/2660193.2660195>.
@inlinable
package func splitmix64(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
}

/// FNV-1a over bytes, 64 bits wide. Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.
///
/// It is stable across machines and releases, which `Hashable` is not; it is not keyed, so it
/// guards nothing against an adversary.
package struct FNV1a64: Sendable {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    @inline(__always)
    package mutating func combine(_ byte: UInt8) {
        self.value = (self.value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    @inline(__always)
    package mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { self.combine(byte) }
    }

    /// The text's UTF-8 bytes.
    @inline(__always)
    package mutating func combine(_ text: String) {
        let bytes = text.utf8.span
        var at = 0
        while at < bytes.count {
            self.combine(bytes[at])
            at &+= 1
        }
    }

    /// The hash of `text`'s UTF-8 bytes.
    package static func hash(_ text: String) -> UInt64 {
        var hash = FNV1a64()
        hash.combine(text)
        return hash.value
    }
}

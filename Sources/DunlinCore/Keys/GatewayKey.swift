/// The idempotency key of one attempt: the same attempt has the same key, whatever died meanwhile.
///
/// 128 bits of SipHash-2-4 over (restore generation, tenant, account, obligation, attempt number),
/// keyed by the cluster id. Sent as `dun_` and 32 hex digits.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
package struct GatewayKey: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `origin`: The cluster and its restore generation.
    /// `attempt`: Counted from 1 over the whole life of the obligation.
    package init(
        origin: ClusterOrigin, tenant: String, account: String, obligation: String, attempt: UInt32
    ) {
        var hash = SipHash128(key: (origin.cluster, origin.generation))
        hash.combine(tenant)
        hash.combine(0)
        hash.combine(account)
        hash.combine(0)
        hash.combine(obligation)
        hash.combine(0)
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            hash.combine(UInt8(truncatingIfNeeded: attempt >> shift))
        }
        (self.high, self.low) = hash.finalized()
    }

    package var description: String { "dun_" + hexadecimal(self.high) + hexadecimal(self.low) }
}

/// Which cluster speaks, and after which restore: both are part of every gateway key.
package struct ClusterOrigin: Hashable, Sendable {
    /// Drawn once when a data directory is created.
    package let cluster: UInt64
    /// Starts at 1 and grows with every restore from a backup.
    package let generation: UInt64

    package init(cluster: UInt64, generation: UInt64) {
        self.cluster = cluster
        self.generation = generation
    }
}

/// Sixteen lower-case hex digits.
package func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// SipHash-2-4 with 128 bits of output, fed byte by byte.
struct SipHash128 {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var word: UInt64 = 0
    private var length: UInt64 = 0

    init(key: (UInt64, UInt64)) {
        self.v0 = key.0 ^ 0x736F_6D65_7073_6575
        self.v1 = key.1 ^ 0x646F_7261_6E64_6F6D ^ 0xEE
        self.v2 = key.0 ^ 0x6C79_6765_6E65_7261
        self.v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    mutating func combine(_ byte: UInt8) {
        self.word |= UInt64(byte) << (8 * (self.length & 7))
        self.length &+= 1
        guard self.length & 7 == 0 else { return }
        self.absorb(self.word)
        self.word = 0
    }

    /// The text's UTF-8 bytes.
    mutating func combine(_ text: String) {
        let bytes = text.utf8.span
        var at = 0
        while at < bytes.count {
            self.combine(bytes[at])
            at &+= 1
        }
    }

    mutating func finalized() -> (high: UInt64, low: UInt64) {
        self.absorb(self.word | (self.length & 0xFF) << 56)
        self.v2 ^= 0xEE
        for _ in 0..<4 { self.round() }
        let low = self.v0 ^ self.v1 ^ self.v2 ^ self.v3
        self.v1 ^= 0xDD
        for _ in 0..<4 { self.round() }
        return (self.v0 ^ self.v1 ^ self.v2 ^ self.v3, low)
    }

    private mutating func absorb(_ word: UInt64) {
        self.v3 ^= word
        self.round()
        self.round()
        self.v0 ^= word
    }

    private mutating func round() {
        self.v0 = self.v0 &+ self.v1
        self.v1 = rotate(self.v1, 13) ^ self.v0
        self.v0 = rotate(self.v0, 32)
        self.v2 = self.v2 &+ self.v3
        self.v3 = rotate(self.v3, 16) ^ self.v2
        self.v0 = self.v0 &+ self.v3
        self.v3 = rotate(self.v3, 21) ^ self.v0
        self.v2 = self.v2 &+ self.v1
        self.v1 = rotate(self.v1, 17) ^ self.v2
        self.v2 = rotate(self.v2, 32)
    }
}

@inline(__always)
private func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    value << bits | value >> (64 - bits)
}

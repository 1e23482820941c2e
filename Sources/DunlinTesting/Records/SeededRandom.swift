import DunlinCore

/// The same numbers for the same seed, on every machine: splitmix64.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        self.state = seed
    }

    package mutating func next() -> UInt64 {
        let value = splitmix64(self.state)
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return value
    }

    /// True in one of `outOf` draws.
    package mutating func oneIn(_ outOf: UInt64) -> Bool {
        self.next() % outOf == 0
    }
}

import DunlinCore

/// A seeded sequence: the same seed gives the same life on every machine.
package struct RandomSequence {
    private var state: UInt64

    package init(seed: UInt64) { self.state = splitmix64(seed) }

    package mutating func below(_ count: Int) -> Int {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return Int(splitmix64(self.state) % UInt64(max(1, count)))
    }
}

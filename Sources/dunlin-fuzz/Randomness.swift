import DunlinCore

/// Numbers from a seed, the same on every machine.
struct Randomness {
    private var state: UInt64

    init(seed: UInt64, run: UInt64) {
        self.state = splitmix64(seed) ^ splitmix64(run &* 0x9E37_79B9_7F4A_7C15)
    }

    mutating func next() -> UInt64 {
        self.state = splitmix64(self.state)
        return self.state
    }

    /// 0 ..< `bound`; 0 for a bound of 0.
    mutating func below(_ bound: Int) -> Int {
        bound <= 0 ? 0 : Int(self.next() % UInt64(bound))
    }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: self.next() >> 24) }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[self.below(elements.count)]
    }
}

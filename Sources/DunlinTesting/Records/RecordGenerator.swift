package import DunlinCore

/// Draws states and events of every shape, the extremes far more often than life does.
///
/// Texts hold no zero byte, so that C reads them alike.
package struct RecordGenerator: Sendable {
    package var random: SeededRandom

    package init(seed: UInt64) {
        self.random = SeededRandom(seed: seed)
    }

    // MARK: Values

    package mutating func number() -> UInt32 {
        switch self.random.next() % 6 {
        case 0: 0
        case 1: .max
        case 2: UInt32.random(in: 0...300, using: &self.random)
        case 3: 1
        default: UInt32.random(in: 0...20, using: &self.random)
        }
    }

    package mutating func wide() -> UInt64 {
        switch self.random.next() % 5 {
        case 0: 0
        case 1: .max
        case 2: self.random.next() % 1000
        default: self.random.next()
        }
    }

    package mutating func amount() -> Int64 {
        switch self.random.next() % 6 {
        case 0: 0
        case 1: .max
        case 2: .min
        case 3: -1
        default: Int64.random(in: 1...1_000_000, using: &self.random)
        }
    }

    package mutating func instant() -> Timestamp {
        switch self.random.next() % 6 {
        case 0: Timestamp(ms: 0)
        case 1: Timestamp(ms: self.amount())
        default:
            Timestamp(
                ms: Int64.random(in: 1_700_000_000_000...1_900_000_000_000, using: &self.random))
        }
    }

    package mutating func flag() -> Bool { self.random.oneIn(2) }

    package mutating func text() -> String {
        let count: Int
        switch self.random.next() % 8 {
        case 0: return ""
        case 1: return "größer als 老鷹 🐦"
        case 2: count = 255
        case 3: count = Int(self.random.next() % 120)
        default: count = Int(self.random.next() % 28)
        }
        var text = ""
        for _ in 0..<count {
            text.unicodeScalars.append(
                Unicode.Scalar(UInt8(0x21 + self.random.next() % 0x5E)))
        }
        return text
    }

    package mutating func bytes() -> [UInt8] {
        (0..<self.random.next() % 90).map { _ in UInt8(truncatingIfNeeded: self.random.next()) }
    }

    package mutating func currency() -> Currency {
        let letters = (0..<3).map { _ in
            Character(Unicode.Scalar(UInt8(0x41 + self.random.next() % 26)))
        }
        return Currency(String(letters)) ?? .eur
    }

    package mutating func one<Choice: CaseIterable>(of type: Choice.Type) -> Choice
    where Choice.AllCases == [Choice] {
        let all = Choice.allCases
        return all[Int(self.random.next() % UInt64(all.count))]
    }

    package mutating func maybe<Value>(_ make: (inout Self) -> Value) -> Value? {
        self.flag() ? make(&self) : nil
    }

    package mutating func list<Value>(
        atMost max: UInt64, _ make: (inout Self) -> Value
    ) -> [Value] {
        let count = self.random.oneIn(3) ? 0 : self.random.next() % (max + 1)
        return (0..<count).map { _ in make(&self) }
    }

    package mutating func position() -> RecordPosition {
        RecordPosition(op: self.wide(), index: self.number())
    }

    package mutating func gatewayKey() -> GatewayKey {
        GatewayKey(high: self.wide(), low: self.wide())
    }

    package mutating func key(kind: EntityKind = .account) -> EntityKey {
        EntityKey(
            tenant: self.flag() ? EntityKey.mainTenant : "t" + self.text(), kind: kind,
            key: self.text())
    }
}

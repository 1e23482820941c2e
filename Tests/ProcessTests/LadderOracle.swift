/// What W1 must give, computed here from its definition alone: no code of ours takes part.
struct LadderOracle: Equatable {
    var recovered: Int64 = 0
    var exhausted: Int64 = 0
    var attempts: Int64 = 0
    var recoveredMinor: Int64 = 0
    var digest: UInt64 = 0

    init(accounts: UInt64, seed: UInt64) {
        let chances: [UInt64] = [240, 150, 120, 100]
        for index in 0..<accounts {
            var made: UInt64 = 0
            var isPaid = false
            for chance in chances where !isPaid {
                made += 1
                let draw = Self.mixed(seed ^ (index &* 0x9E37_79B9_7F4A_7C15) ^ made)
                isPaid = draw % 1000 < chance
            }
            self.attempts += Int64(made)
            if isPaid {
                self.recovered += 1
                self.recoveredMinor += Int64(1000 + index * 7919 % 9000)
            } else {
                self.exhausted += 1
            }
            self.digest &+= Self.mixed(index * 8 + made + (isPaid ? 4096 : 0))
        }
    }

    var digestText: String {
        let digits = String(self.digest, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func mixed(_ input: UInt64) -> UInt64 {
        var value = input &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

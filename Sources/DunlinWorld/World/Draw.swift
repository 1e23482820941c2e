import DunlinCore

/// Throws of the dice that are always the same: each is a hash of what it is about.
struct Draw {
    let hash: UInt64

    init(_ hash: UInt64) { self.hash = hash }

    /// Another throw about the same thing; `what` tells them apart.
    @inline(__always)
    func about(_ what: Question, _ detail: UInt64 = 0) -> Draw {
        Draw(splitmix64(splitmix64(self.hash ^ UInt64(what.rawValue) << 56) ^ detail))
    }

    /// From 0 up to 1, without 1.
    var uniform: Double { Double(self.hash >> 11) * 0x1p-53 }

    /// The place of a throw in a list of shares.
    func place(in shares: [Double]) -> Int {
        var left = self.uniform
        for (place, share) in shares.enumerated() {
            if left < share { return place }
            left -= share
        }
        return max(0, (shares.lastIndex { $0 > 0 } ?? 1))
    }

    /// Exponential, with this mean.
    func exponential(meanMs: Int64) -> Int64 {
        Int64(-Numerics.log(1 - self.uniform) * Double(meanMs))
    }

    /// Normal, by Box and Muller's method.
    func normal(mean: Double, spread: Double) -> Double {
        let second = Draw(splitmix64(self.hash)).uniform
        let radius = (-2 * Numerics.log(1 - self.uniform)).squareRoot()
        return mean + spread * radius * Numerics.cosine(turns: second)
    }
}

/// What is thrown for. The numbers are part of a world: changing one makes another world.
enum Question: UInt8 {
    case customer = 1
    case plan = 2
    case network = 3
    case issuer = 4
    case cycle = 5
    case phase = 6
    case isShort = 7
    case engagement = 8
    case slot = 9
    case fails = 10
    case episode = 11
    case reason = 12
    case code = 13
    case cause = 14
    case length = 15
    case period = 16
    case attempt = 17
    case newCard = 18
    case spontaneous = 19
    case reaction = 20
    case delay = 21
    case cancel = 22
    case issuerHour = 23
    case knowsPayday = 24
}

/// Elementary functions by plain arithmetic, so that a world is the same on every machine: the
/// ones of a C library differ in their last bits between versions.
enum Numerics {
    private static let ln2 = 0.693_147_180_559_945_3
    static let pi = 3.141_592_653_589_793

    /// e to the power of `x`; 0 below -700, and no more than at 700.
    static func exp(_ x: Double) -> Double {
        guard x > -700 else { return 0 }
        let bounded = Swift.min(x, 700)
        let halves = (bounded / Self.ln2).rounded()
        let rest = bounded - halves * Self.ln2
        // |rest| is at most 0.35: thirteen terms leave an error below 1e-16.
        var sum = 1.0
        var n = 13.0
        while n >= 1 {
            sum = 1 + rest * sum / n
            n -= 1
        }
        return sum * Double(sign: .plus, exponent: Int(halves), significand: 1)
    }

    /// The natural logarithm; of 0 and less that of the smallest number.
    static func log(_ x: Double) -> Double {
        let x = Swift.max(x, Double.leastNormalMagnitude)
        var exponent = Double(x.exponent)
        var significand = x.significand
        if significand > 1.414_213_562_373_095_1 {
            significand /= 2
            exponent += 1
        }
        // log(m) = 2 artanh((m - 1) / (m + 1)), with |quotient| at most 0.18.
        let quotient = (significand - 1) / (significand + 1)
        let square = quotient * quotient
        var sum = 0.0
        var n = 21.0
        while n >= 1 {
            sum = sum * square + 1 / n
            n -= 2
        }
        return exponent * Self.ln2 + 2 * quotient * sum
    }

    /// The cosine of `turns` whole turns.
    static func cosine(turns: Double) -> Double {
        let part = turns - turns.rounded()
        // In a quarter of a turn around zero, where the series is short.
        let isFar = Swift.abs(part) > 0.25
        let near = isFar ? 0.5 - Swift.abs(part) : part
        let square = (2 * Self.pi * near) * (2 * Self.pi * near)
        var sum = 1.0
        var n = 20.0
        while n >= 2 {
            sum = 1 - square * sum / (n * (n - 1))
            n -= 2
        }
        return isFar ? -sum : sum
    }
}

/// Times short pieces of work: many runs a round, several rounds, the quickest round counts.
struct Stopwatch {
    var runs: Int
    var rounds: Int = 9

    /// Nanoseconds for one run of `work`.
    func nanoseconds(_ work: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        var best = Double.infinity
        for _ in 0..<self.rounds {
            let elapsed = try clock.measure {
                for _ in 0..<self.runs { try work() }
            }
            let (seconds, attoseconds) = elapsed.components
            let total = Double(seconds) * 1e9 + Double(attoseconds) * 1e-9
            best = min(best, total / Double(self.runs))
        }
        return best
    }
}

/// Keeps `value` alive and unknown to the optimiser.
@inline(never)
func consume<Value: ~Copyable>(_ value: borrowing Value) {}

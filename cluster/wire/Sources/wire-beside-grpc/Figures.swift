/// One window's measurement, as both programs print it: a line of JSON.
struct Figures: Codable {
    var window: Int
    var callsPerSecond: Int64
    var p50Ns: Int64
    var p99Ns: Int64
}

extension Figures {
    /// `latencies`: of each call, nanoseconds, not empty.
    init(window: Int, latencies: [Int64], over elapsedNs: Int64) {
        let sorted = latencies.sorted()
        self.init(
            window: window,
            callsPerSecond: Int64(sorted.count) * 1_000_000_000 / max(1, elapsedNs),
            p50Ns: sorted[sorted.count / 2], p99Ns: sorted[sorted.count * 99 / 100])
    }

    /// Each figure's own median of several measurements of one window.
    static func median(_ measured: [Figures]) -> Figures {
        func middle(_ values: [Int64]) -> Int64 { values.sorted()[values.count / 2] }
        return Figures(
            window: measured[0].window, callsPerSecond: middle(measured.map(\.callsPerSecond)),
            p50Ns: middle(measured.map(\.p50Ns)), p99Ns: middle(measured.map(\.p99Ns)))
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

import CoreMetrics
import Synchronization

/// One time series: a name with its labels. The metrics API's handlers are views on it.
final class PrometheusSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler,
    RecorderHandler, TimerHandler
{
    /// What the series is, and how it is shown.
    enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    let kind: Kind
    /// `{method="GET",route="/healthz"}`, empty without labels.
    let labels: String
    /// Upper bounds of a histogram's buckets, ascending, without the infinite one.
    private let bounds: [Double]
    private let state: Mutex<State>

    private struct State {
        /// A counter's or gauge's value, a histogram's sum.
        var value: Double = 0
        /// A whole-number counter counts here, so that it stays exact past 2^53.
        var whole: Int64 = 0
        var buckets: [UInt64]
        var count: UInt64 = 0
    }

    init(kind: Kind, labels: String, bounds: [Double]) {
        self.kind = kind
        self.labels = labels
        self.bounds = bounds
        self.state = Mutex(State(buckets: Array(repeating: 0, count: bounds.count)))
    }

    // MARK: Handlers

    func increment(by amount: Int64) {
        self.state.withLock { state in
            let (sum, overflow) = state.whole.addingReportingOverflow(max(0, amount))
            // As Prometheus clients do: a counter that is full starts again.
            state.whole = overflow ? 0 : sum
        }
    }

    func increment(by amount: Double) {
        // Meters may fall; a counter never does.
        guard self.kind == .gauge || amount >= 0 else { return }
        self.state.withLock { $0.value += amount }
    }

    func decrement(by amount: Double) {
        guard self.kind == .gauge else { return }
        self.state.withLock { $0.value -= amount }
    }

    func reset() {
        self.state.withLock { state in
            state.whole = 0
            state.value = 0
        }
    }

    func set(_ value: Int64) { self.set(Double(value)) }

    func set(_ value: Double) {
        self.state.withLock { $0.value = value }
    }

    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) {
        guard self.kind == .histogram else { return self.set(value) }
        guard !value.isNaN else { return }
        let bucket = self.bounds.firstIndex { value <= $0 }
        self.state.withLock { state in
            if let bucket { state.buckets[bucket] += 1 }
            state.count += 1
            state.value += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }

    // MARK: Exposition

    /// The series' sample lines.
    func write(name: String, to output: inout String) {
        let state = self.state.withLock { $0 }
        switch self.kind {
        case .counter, .gauge:
            let value =
                state.value == 0
                ? "\(state.whole)" : MetricName.number(Double(state.whole) + state.value)
            output += "\(name)\(self.labels) \(value)\n"
        case .histogram:
            var running: UInt64 = 0
            for (bound, count) in zip(self.bounds, state.buckets) {
                running += count
                let labels = self.labels(andBound: MetricName.number(bound))
                output += "\(name)_bucket\(labels) \(running)\n"
            }
            output += "\(name)_bucket\(self.labels(andBound: "+Inf")) \(state.count)\n"
            output += "\(name)_sum\(self.labels) \(MetricName.number(state.value))\n"
            output += "\(name)_count\(self.labels) \(state.count)\n"
        }
    }

    private func labels(andBound bound: String) -> String {
        self.labels.isEmpty
            ? "{le=\"\(bound)\"}" : "\(self.labels.dropLast()),le=\"\(bound)\"}"
    }
}

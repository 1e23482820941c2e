package import CoreMetrics
import Synchronization

/// Keeps the process's metrics and writes them as Prometheus text, format 0.0.4.
///
/// Bootstrap once: `MetricsSystem.bootstrap(registry)`. A name keeps the kind of its first use.
/// Both the names and the label sets of one name are bounded; what is past a bound is counted in
/// `dunlin_metrics_dropped_total` and kept nowhere.
///
/// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>.
package final class PrometheusRegistry: MetricsFactory {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Most names.
    package let familiesMax: Int
    /// Most label sets of one name.
    package let seriesMax: Int
    /// Upper bounds of timers' buckets, in seconds.
    package let secondsBounds: [Double]
    /// Upper bounds of other recorders' buckets.
    package let sizeBounds: [Double]

    private struct Family {
        var kind: PrometheusSeries.Kind
        var help: String
        var series: [String: PrometheusSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
        var dropped: UInt64 = 0
    }

    private let state = Mutex(State())

    package init(
        familiesMax: Int = 512, seriesMax: Int = 256,
        secondsBounds: [Double] = [
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
        ],
        sizeBounds: [Double] = [
            1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576,
        ]
    ) {
        self.familiesMax = familiesMax
        self.seriesMax = seriesMax
        self.secondsBounds = secondsBounds
        self.sizeBounds = sizeBounds
    }

    /// Says what a metric means, for `# HELP`.
    package func describe(_ name: String, _ help: String) {
        self.state.withLock { state in
            guard state.help.count < self.familiesMax else { return }
            state.help[MetricName.sanitized(name)] = help
        }
    }

    /// All samples, by name and labels in the order of bytes.
    package func exposition() -> [UInt8] {
        let (families, help, dropped) = self.state.withLock { ($0.families, $0.help, $0.dropped) }
        var output = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let text = help[name] {
                output += "# HELP \(name) \(Self.escapedHelp(text))\n"
            }
            output += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: name, to: &output)
            }
        }
        output += "# TYPE dunlin_metrics_dropped_total counter\n"
        output += "dunlin_metrics_dropped_total \(dropped)\n"
        return Array(output.utf8)
    }

    private static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    // MARK: MetricsFactory

    package func makeCounter(
        label: String, dimensions: [(String, String)]
    ) -> any CounterHandler {
        self.series(Self.withSuffix(label, "_total"), .counter, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        self.series(Self.withSuffix(label, "_total"), .counter, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.series(label, .gauge, dimensions)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        self.series(label, aggregate ? .histogram : .gauge, dimensions, bounds: self.sizeBounds)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.series(
            Self.withSuffix(label, "_seconds"), .histogram, dimensions,
            bounds: self.secondsBounds)
    }

    // Series live as long as the process: a counter that vanished and came back would lie.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private static func withSuffix(_ label: String, _ suffix: String) -> String {
        label.hasSuffix(suffix) ? label : label + suffix
    }

    private func series(
        _ label: String, _ kind: PrometheusSeries.Kind, _ dimensions: [(String, String)],
        bounds: [Double] = []
    ) -> PrometheusSeries {
        let name = MetricName.sanitized(label)
        let labels = Self.labels(dimensions)
        let bounds = kind == .histogram ? bounds : []
        return self.state.withLock { state in
            let made = PrometheusSeries(kind: kind, labels: labels, bounds: bounds)
            guard state.families[name] != nil || state.families.count < self.familiesMax else {
                state.dropped += 1
                return made
            }
            var family = state.families[name] ?? Family(kind: kind, help: "")
            if let found = family.series[labels], family.kind == kind { return found }
            guard family.kind == kind, family.series.count < self.seriesMax else {
                // It works for its holder, but is shown nowhere.
                state.dropped += 1
                return made
            }
            family.series[labels] = made
            state.families[name] = family
            return made
        }
    }

    /// Sorted by name, so that one label set has one spelling.
    private static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let pairs = dimensions.map { (MetricName.sanitizedLabel($0.0), $0.1) }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(MetricName.escapedValue($0.1))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }
}

import CoreMetrics
import DunlinWeb
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct PrometheusTests {
    private func text(_ registry: PrometheusRegistry) -> String {
        String(decoding: registry.exposition(), as: UTF8.self)
    }

    @Test func `Counters, gauges and histograms are written in format 0.0.4`() {
        let registry = PrometheusRegistry(secondsBounds: [0.1, 1], sizeBounds: [10])
        registry.describe("dunlin_events_total", "Events that came in.\nSince the start.")
        let counter = registry.makeCounter(
            label: "dunlin_events", dimensions: [("type", "failed"), ("source", "api")])
        counter.increment(by: Int64(2))
        counter.increment(by: Int64(1))
        registry.makeMeter(label: "dunlin.resident", dimensions: []).set(Double(2.5))
        let timer = registry.makeTimer(label: "dunlin_commit", dimensions: [("shard", "1")])
        timer.recordNanoseconds(50_000_000)
        timer.recordNanoseconds(500_000_000)
        timer.recordNanoseconds(2_000_000_000)
        registry.makeRecorder(label: "dunlin_level", dimensions: [], aggregate: false).record(
            Int64(7))
        #expect(
            self.text(registry) == """
                # TYPE dunlin_commit_seconds histogram
                dunlin_commit_seconds_bucket{shard="1",le="0.1"} 1
                dunlin_commit_seconds_bucket{shard="1",le="1"} 2
                dunlin_commit_seconds_bucket{shard="1",le="+Inf"} 3
                dunlin_commit_seconds_sum{shard="1"} 2.55
                dunlin_commit_seconds_count{shard="1"} 3
                # HELP dunlin_events_total Events that came in.\\nSince the start.
                # TYPE dunlin_events_total counter
                dunlin_events_total{source="api",type="failed"} 3
                # TYPE dunlin_level gauge
                dunlin_level 7
                # TYPE dunlin_resident gauge
                dunlin_resident 2.5
                # TYPE dunlin_metrics_dropped_total counter
                dunlin_metrics_dropped_total 0

                """)
    }

    @Test func `Names are made legal and label values are escaped`() {
        let registry = PrometheusRegistry()
        registry.makeCounter(
            label: "9 lives-é", dimensions: [("a:b", "quote \" slash \\ line\nend")]
        ).increment(by: Int64(1))
        #expect(
            self.text(registry).contains(
                #"_9_lives____total{a_b="quote \" slash \\ line\nend"} 1"#))
    }

    @Test func `One label set in two orders is one series`() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "c", dimensions: [("a", "1"), ("b", "2")]).increment(
            by: Int64(1))
        registry.makeCounter(label: "c", dimensions: [("b", "2"), ("a", "1")]).increment(
            by: Int64(1))
        #expect(self.text(registry).contains("c_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test func `What is past the bounds is counted and kept nowhere`() {
        let registry = PrometheusRegistry(familiesMax: 2, seriesMax: 3)
        for value in 0..<10 {
            registry.makeCounter(label: "many", dimensions: [("id", "\(value)")]).increment(
                by: Int64(1))
        }
        for name in ["second", "third"] {
            registry.makeCounter(label: name, dimensions: []).increment(by: Int64(1))
        }
        // Another kind under a name that is taken.
        registry.makeMeter(label: "many_total", dimensions: []).set(Double(1))
        let text = self.text(registry)
        #expect(text.components(of: "many_total{") == 3)
        #expect(!text.contains("third"))
        #expect(text.hasSuffix("dunlin_metrics_dropped_total 9\n"))
    }

    @Test func `A counter stays exact past what a double can hold`() {
        let registry = PrometheusRegistry()
        let counter = registry.makeCounter(label: "big", dimensions: [])
        counter.increment(by: Int64(1) << 53)
        counter.increment(by: Int64(1))
        #expect(self.text(registry).contains("big_total 9007199254740993\n"))
    }

    @Test func `The metrics page is text of format 0.0.4`() async throws {
        let setup = WebSetup()
        let answer = try await setup.run { client in
            try await client.execute(uri: "/metrics", method: .get) { $0 }
        }
        #expect(answer.status == .ok)
        #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(String(buffer: answer.body).hasPrefix("# TYPE dunlin_metrics_dropped_total"))
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { self.ranges(of: part).count }
}

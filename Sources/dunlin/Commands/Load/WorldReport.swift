import DunlinCore
import DunlinWeb
import DunlinWorld

/// A run of W2 as a page with plots and as lines of comma-separated values.
struct WorldReport {
    private let figures: WorldFigures
    private let limit: Int?

    init(_ figures: WorldFigures, limit: Int?) {
        self.figures = figures
        self.limit = limit
    }

    var page: String {
        let tally = self.figures.tally
        let matured = Double(max(1, tally.matured))
        var recovered = 0.0
        let curve = tally.byDay.map { count in
            recovered += Double(count)
            return recovered / matured * 100
        }
        var plots = [
            Plot(
                title: "Recovered by day after the failure", unit: "% of matured cases",
                across: "days", series: [Plot.Series(name: "recovered", values: curve)]
            ).svg,
            Plot(
                title: "Attempts for each case", unit: "cases", across: "attempts",
                series: [Plot.Series(name: "cases", values: tally.byAttempts.map(Double.init))],
                isBars: true
            ).svg,
        ]
        if let byHour = self.figures.attemptsByHour {
            plots.append(
                Plot(
                    title: "Load over time", unit: "attempts an hour", across: "hours",
                    series: [Plot.Series(name: "attempts", values: byHour.map(Double.init))],
                    limit: self.limit.map(Double.init)
                ).svg)
        }
        if self.figures.sent.latency.count > 0 {
            plots.append(Plot.latency("Time until an event was durable", self.figures.sent.latency))
        }
        if let lateness = self.figures.lateness, lateness.count > 0 {
            plots.append(Plot.latency("Lateness of attempts, real time", lateness))
        }
        return HTMLPage(
            title: "W2: \(self.figures.workload.subscriptions) subscriptions, "
                + "\(self.figures.workload.days) days, seed \(self.figures.workload.world.seed)",
            paragraphs: self.figures.lines, plots: plots,
            tables: [self.figures.json.prettyText]
        ).text
    }

    var csv: String {
        var lines = ["day,recovered,recovered_share,attempts"]
        let matured = Double(max(1, self.figures.tally.matured))
        for (day, count) in self.figures.tally.byDay.enumerated() {
            let hours = self.figures.attemptsByHour ?? []
            let attempts = hours.dropFirst(day * 24).prefix(24).reduce(0, +)
            lines.append("\(day),\(count),\(Double(count) / matured),\(attempts)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

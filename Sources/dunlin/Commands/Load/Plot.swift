import DunlinWorld

/// A plot as inline SVG: lines or bars over whole numbers from 0.
struct Plot {
    struct Series {
        var name: String
        var values: [Double]
    }

    var title: String
    /// Of the vertical axis.
    var unit: String
    /// Of the horizontal axis.
    var across: String
    var series: [Series]
    var isBars = false
    /// A dashed line at this height.
    var limit: Double?
    /// Below the bars; empty for their numbers.
    var labels: [String] = []

    private static let colours = ["#2b6cb0", "#c05621", "#2f855a", "#6b46c1"]
    private static let (width, height) = (640.0, 260.0)
    private static let (left, right, top, bottom) = (64.0, 12.0, 34.0, 40.0)

    var svg: String {
        let count = max(2, self.series.map(\.values.count).max() ?? 2)
        let highest = max(
            self.series.flatMap(\.values).max() ?? 0, self.limit ?? 0, Double.leastNormalMagnitude)
        var parts = [
            "<svg viewBox=\"0 0 640 260\" role=\"img\" aria-label=\"\(Self.safe(self.title))\">",
            Self.text(self.title, 320, 16, anchor: "middle", size: 14),
            Self.text(self.unit, Self.left, 30, anchor: "start", size: 10),
            Self.text(self.across, Self.width - Self.right, 256, anchor: "end", size: 10),
        ]
        for tick in 0...4 {
            let value = highest * Double(tick) / 4
            let y = Self.y(value, highest)
            parts.append(Self.line(Self.left, y, Self.width - Self.right, y, "#ddd"))
            parts.append(
                Self.text(Self.short(value), Self.left - 6, y + 4, anchor: "end", size: 10))
        }
        for tick in 0...6 where self.labels.isEmpty {
            let place = Double(count - 1) * Double(tick) / 6
            let x = Self.x(place + (self.isBars ? 0.5 : 0), count, self.isBars)
            parts.append(
                Self.text(Self.short(place.rounded()), x, 234, anchor: "middle", size: 10))
        }
        for (number, series) in self.series.enumerated() {
            let colour = Self.colours[number % Self.colours.count]
            parts +=
                self.isBars
                ? self.bars(series, number, count, highest, colour)
                : [self.curve(series, count, highest, colour)]
            guard self.series.count > 1 else { continue }
            parts.append(
                Self.text(
                    series.name, Self.width - Self.right, 46 + 14 * Double(number), anchor: "end",
                    size: 11, colour: colour))
        }
        for (place, label) in self.labels.enumerated() {
            let x = Self.x(Double(place) + 0.5, count, true)
            parts.append(Self.text(label, x, 234, anchor: "middle", size: 9))
        }
        if let limit = self.limit {
            let y = Self.y(limit, highest)
            parts.append(Self.line(Self.left, y, Self.width - Self.right, y, "#c53030", dash: true))
            parts.append(
                Self.text(
                    "limit", Self.left + 4, y - 4, anchor: "start", size: 10, colour: "#c53030"))
        }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    /// A histogram of lengths of time by powers of two.
    static func latency(_ title: String, _ histogram: LatencyHistogram) -> String {
        let buckets = histogram.byPowers
        let labels = buckets.map { bucket in
            bucket.upToNs < 1_000_000
                ? "\(bucket.upToNs / 1000)µs" : "\(bucket.upToNs / 1_000_000)ms"
        }
        func ms(_ share: Double) -> String {
            "\(Double(histogram.quantileNs(share) / 10_000) / 100) ms"
        }
        return Plot(
            title: title, unit: "events, by what they did not exceed",
            across: "p50 \(ms(0.5)), p99 \(ms(0.99)), p99.9 \(ms(0.999)), most \(ms(1))",
            series: [Series(name: "events", values: buckets.map { Double($0.count) })],
            isBars: true, labels: labels
        ).svg
    }

    // MARK: Parts

    private func curve(
        _ series: Series, _ count: Int, _ highest: Double, _ colour: String
    ) -> String {
        let points = series.values.enumerated().map { place, value in
            "\(Self.short1(Self.x(Double(place), count, false))),"
                + Self.short1(Self.y(value, highest))
        }
        return "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.6\" points=\""
            + points.joined(separator: " ") + "\"/>"
    }

    private func bars(
        _ series: Series, _ number: Int, _ count: Int, _ highest: Double, _ colour: String
    ) -> [String] {
        let wide = (Self.width - Self.left - Self.right) / Double(count)
        let each = wide * 0.8 / Double(self.series.count)
        return series.values.enumerated().map { place, value in
            let x = Self.x(Double(place), count, true) + wide * 0.1 + each * Double(number)
            let y = Self.y(value, highest)
            return "<rect x=\"\(Self.short1(x))\" y=\"\(Self.short1(y))\" width=\""
                + "\(Self.short1(each))\" height=\""
                + "\(Self.short1(Self.height - Self.bottom - y))\" fill=\"\(colour)\"/>"
        }
    }

    private static func x(_ place: Double, _ count: Int, _ isBars: Bool) -> Double {
        let whole = Double(isBars ? count : count - 1)
        return self.left + place / whole * (self.width - self.left - self.right)
    }

    private static func y(_ value: Double, _ highest: Double) -> Double {
        self.height - self.bottom - value / highest * (self.height - self.top - self.bottom)
    }

    private static func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String,
        dash: Bool = false
    ) -> String {
        "<line x1=\"\(self.short1(x1))\" y1=\"\(self.short1(y1))\" x2=\"\(self.short1(x2))\" "
            + "y2=\"\(self.short1(y2))\" stroke=\"\(colour)\""
            + (dash ? " stroke-dasharray=\"6 4\"" : "") + "/>"
    }

    private static func text(
        _ text: String, _ x: Double, _ y: Double, anchor: String, size: Int,
        colour: String = "#333"
    ) -> String {
        "<text x=\"\(self.short1(x))\" y=\"\(self.short1(y))\" text-anchor=\"\(anchor)\" "
            + "font-size=\"\(size)\" fill=\"\(colour)\">\(self.safe(text))</text>"
    }

    private static func short1(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    /// `12`, `3.4`, `56k`.
    private static func short(_ value: Double) -> String {
        if value >= 1_000_000 { return "\((value / 100_000).rounded() / 10)M" }
        if value >= 10000 { return "\(Int((value / 1000).rounded()))k" }
        return value >= 20 || value == value.rounded()
            ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
    }

    static func safe(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}

/// A page that needs nothing but itself.
struct HTMLPage {
    var title: String
    var paragraphs: [String]
    var plots: [String]
    /// Shown as they are.
    var tables: [String]

    var text: String {
        let style = """
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; \
            padding: 0 1rem; color: #222; background: #fff } \
            svg { width: 100%; height: auto; margin: 1rem 0; font-family: inherit } \
            pre { background: #f6f6f6; padding: 1rem; overflow-x: auto; font-size: 12px } \
            h1 { font-size: 1.3rem }
            """
        let paragraphs = self.paragraphs.map { "<p>\(Plot.safe($0))</p>" }
        let tables = self.tables.map { "<pre>\(Plot.safe($0))</pre>" }
        return """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><title>\(Plot.safe(self.title))</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>\(style)</style></head>
            <body>
            <h1>\(Plot.safe(self.title))</h1>
            \((paragraphs + self.plots + tables).joined(separator: "\n"))
            </body>
            </html>

            """
    }
}

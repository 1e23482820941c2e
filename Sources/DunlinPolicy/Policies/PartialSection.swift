import DunlinCore
import Yams

/// `partial:` of a policy's retries.
///
///     partial: {after: 2, ask: 50%, floor: 20%, floor_minor: 500, parts_max: 3}
enum PartialSection {
    private static let known = ["after", "ask", "floor", "floor_minor", "parts_max"]

    static func partial(_ retries: Fields) -> PartialCollection? {
        guard let node = retries.node("partial"),
            let fields = Fields(
                node, path: retries.path("partial"), known: self.known, log: retries.log)
        else { return nil }
        let defaults = PartialCollection()
        let partial = PartialCollection(
            afterRefusals: fields.count("after", default: defaults.afterRefusals, in: 1...64),
            askBp: fields.share("ask", default: defaults.askBp),
            floorBp: fields.share("floor", default: defaults.floorBp),
            floorMinor: Int64(
                fields.count(
                    "floor_minor", default: UInt32(defaults.floorMinor), in: 0...1_000_000_000)),
            partsMax: fields.count(
                "parts_max", default: defaults.partsMax, in: 2...UInt32(CaseParticulars.partsMax)))
        if partial.floorBp == 0, partial.floorMinor == 0 {
            fields.log.error(
                fields.path("floor"), "without a floor any cent would count as a part",
                remedy: "Give `floor` in percent, `floor_minor` in minor units, or both")
        }
        if partial.floorBp > partial.askBp {
            fields.log.error(
                fields.path("floor"), "the floor lies above what is asked for",
                remedy: "Give `floor` at most the percentage of `ask`")
        }
        return partial
    }
}

extension Fields {
    /// A percentage with at most two decimals, `50%` or `2.5%`, in basis points.
    func share(_ key: String, default fallback: Int64) -> Int64 {
        guard let node = self.node(key), let text = self.scalar(node, path: self.path(key)) else {
            return fallback
        }
        if let bp = basisPoints(text), (1...10_000).contains(bp) { return bp }
        self.log.error(
            self.path(key), at: node.position, "`\(shown(text))` is not a percentage",
            remedy: "Write it with its sign and at most two decimals, as `50%` or `2.5%`")
        return fallback
    }
}

/// `2.5%` as 250; `nil` for what is no percentage.
func basisPoints(_ text: String) -> Int64? {
    guard text.hasSuffix("%") else { return nil }
    let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = Int64(parts[0]), (0...10_000).contains(whole)
    else { return nil }
    guard parts.count == 2 else { return whole * 100 }
    guard (1...2).contains(parts[1].count), let rest = Int64(parts[1]), rest >= 0 else {
        return nil
    }
    return whole * 100 + (parts[1].count == 1 ? rest * 10 : rest)
}

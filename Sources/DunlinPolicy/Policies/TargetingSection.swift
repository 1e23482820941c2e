import DunlinCore
import Yams

/// `segments:`, `experiments:` and `holdout:` of a file: which case gets which policy.
struct TargetingSection {
    private(set) var segments: [Segment] = []
    private(set) var experiments: [Experiment] = []
    private(set) var holdout: Holdout?
    /// Policies that are named, with the field that names each.
    private(set) var named: [(policy: String, field: String)] = []

    init() {}

    init(_ top: Fields) {
        for item in top.items("segments", max: PolicyFile.segmentsMax) ?? [] {
            self.readSegment(item.node, path: item.path, top.log)
        }
        for item in top.items("experiments", max: PolicyFile.experimentsMax) ?? [] {
            self.readExperiment(item.node, path: item.path, top.log)
        }
        self.readHoldout(top)
    }

    // MARK: Segments

    private mutating func readSegment(_ node: Node, path: String, _ log: FindingLog) {
        guard
            let fields = Fields(node, path: path, known: ["name", "when", "policy"], log: log),
            let name = Self.name(fields, "name", example: "pro"),
            let when = Self.condition(fields),
            let policy = Self.name(fields, "policy", example: "standard")
        else { return }
        guard !self.segments.contains(where: { $0.name == name }) else {
            log.error(
                fields.path("name"), "there is a segment `\(shown(name))` before",
                remedy: "Give it another name")
            return
        }
        if let earlier = self.segments.first(where: { $0.when.source == when.source }) {
            log.error(
                fields.path("when"),
                "segment `\(shown(earlier.name))` asks the same before, so this is never reached",
                remedy: "Change one of the two conditions")
        }
        self.named.append((policy, fields.path("policy")))
        self.segments.append(Segment(name: name, when: when, policy: policy))
    }

    private static func condition(_ fields: Fields) -> SegmentExpression? {
        guard let node = fields.required("when", example: "'plan == \"pro\"'"),
            let text = fields.text("when", of: node)
        else { return nil }
        do throws(SegmentSyntaxError) {
            return try SegmentExpression(text)
        } catch {
            var position = node.position
            // A text of one line stands where it begins, after its quote.
            if !text.contains("\n"), let scalar = node.scalar {
                let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
                position?.column += error.offset + (isQuoted ? 1 : 0)
            }
            fields.log.error(
                fields.path("when"), at: position, "the condition \(error.words)",
                remedy: error.remedy)
            return nil
        }
    }

    // MARK: Experiments

    private mutating func readExperiment(_ node: Node, path: String, _ log: FindingLog) {
        guard
            let fields = Fields(
                node, path: path, known: ["name", "compares", "ramp", "arms"], log: log),
            let name = Self.name(fields, "name", example: "early-retries"),
            let compares = fields.required("compares", example: "retries"),
            let subject = fields.choice(
                compares, path: fields.path("compares"),
                of: Experiment.Subject.allCases.map(\.name), what: "things to compare",
                read: { word in Experiment.Subject.allCases.first { $0.name == word } })
        else { return }
        let isTaken = self.experiments.contains { $0.name == name }
        guard !isTaken, name != Assignment.holdoutName else {
            log.error(
                fields.path("name"), "the name `\(shown(name))` is taken",
                remedy: "Give it another name")
            return
        }
        if let rival = self.experiments.first(where: { $0.subject == subject }) {
            log.error(
                fields.path("compares"),
                "experiment `\(shown(rival.name))` compares \(subject.name), too: a case would be "
                    + "in both",
                remedy: "End one of them first")
        }
        let ramp = Self.permille(fields, "ramp", default: 1000)
        let arms = self.arms(fields)
        guard (2...Experiment.armsMax).contains(arms.count) else {
            log.error(
                fields.path("arms"), "an experiment has 2 to \(Experiment.armsMax) arms",
                remedy: "Write them as `[{name: control}, {name: early, policy: early}]`")
            return
        }
        self.experiments.append(
            Experiment(name: name, subject: subject, arms: arms, rampPermille: ramp))
    }

    private mutating func arms(_ fields: Fields) -> [Experiment.Arm] {
        var arms: [Experiment.Arm] = []
        guard fields.required("arms", example: "[{name: control}]") != nil else { return arms }
        for item in fields.items("arms", max: Experiment.armsMax) ?? [] {
            guard
                let arm = Fields(
                    item.node, path: item.path, known: ["name", "policy", "weight"],
                    log: fields.log),
                let name = Self.name(arm, "name", example: "control")
            else { continue }
            guard !arms.contains(where: { $0.name == name }) else {
                fields.log.error(
                    arm.path("name"), "there is an arm `\(shown(name))` before",
                    remedy: "Give it another name")
                continue
            }
            var policy = ""
            if let node = arm.node("policy") {
                policy = arm.name(node, path: arm.path("policy")) ?? ""
                self.named.append((policy, arm.path("policy")))
            }
            let weight = arm.count("weight", default: 1, in: 1...1000)
            arms.append(Experiment.Arm(name: name, policy: policy, weight: weight))
        }
        return arms
    }

    private mutating func readHoldout(_ top: Fields) {
        guard let node = top.node("holdout"),
            let fields = Fields(
                node, path: top.path("holdout"), known: ["percent", "policy"], log: top.log),
            let policy = Self.name(fields, "policy", example: "standard")
        else { return }
        let permille = Self.permille(fields, "percent", default: Holdout.standardPermille)
        self.named.append((policy, fields.path("policy")))
        self.holdout = permille == 0 ? nil : Holdout(permille: permille, policy: policy)
    }

    // MARK: Values

    private static func name(_ fields: Fields, _ key: String, example: String) -> String? {
        fields.required(key, example: example).flatMap { fields.name($0, path: fields.path(key)) }
    }

    /// A percentage with at most one place behind the point.
    private static func permille(
        _ fields: Fields, _ key: String, default fallback: UInt32
    ) -> UInt32 {
        guard let node = fields.node(key), let text = fields.text(key, of: node) else {
            return fallback
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2E }
        if isPlain, (1...2).contains(parts.count), let whole = UInt32(parts[0]), whole <= 100 {
            let tenth = parts.count == 2 ? UInt32(parts[1]) : 0
            let isShort = parts.count == 1 || parts[1].utf8.count == 1
            if let tenth, isShort, whole * 10 + tenth <= 1000 { return whole * 10 + tenth }
        }
        fields.log.error(
            fields.path(key), at: node.position, "`\(shown(text))` is not a percentage",
            remedy: "Write 0 to 100, with at most one place: `2.5`")
        return fallback
    }
}

/// `06:10` as minutes since midnight.
func minuteOfDay(_ text: String) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int64(parts[0]),
        let minute = Int64(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
    else { return nil }
    return hour * 60 + minute
}

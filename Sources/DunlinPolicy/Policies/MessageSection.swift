import DunlinCore
import Yams

/// `messages:` of a policy.
struct MessageSection {
    private(set) var steps: [MessageStep] = []

    private static let known = ["name", "channel", "template", "trigger", "only_for", "window"]
    private static let triggers = [
        "after_open", "after_declines", "on_hard_decline", "before_access", "before_end",
        "on_recovered",
    ]

    init(_ policy: Fields) {
        for item in policy.items("messages", max: DunningPolicy.messageStepsMax) ?? [] {
            let known = Self.known
            guard let fields = Fields(item.node, path: item.path, known: known, log: policy.log)
            else { continue }
            if let step = Self.step(fields) { self.steps.append(step) }
        }
    }

    private static func step(_ fields: Fields) -> MessageStep? {
        let name = fields.required("name", example: "first-notice").flatMap {
            fields.name($0, path: fields.path("name"))
        }
        let template = fields.required("template", example: "payment_failed").flatMap {
            fields.name($0, path: fields.path("template"))
        }
        let trigger = fields.required("trigger", example: "{after_open: 3d}").flatMap {
            Self.trigger($0, path: fields.path("trigger"), log: fields.log)
        }
        let channels = Channel.allCases.map(\.name)
        let channel =
            fields.node("channel").map {
                fields.choice(
                    $0, path: fields.path("channel"), of: channels, what: "channels",
                    read: Channel.init(name:))
            } ?? .email
        let classes = fields.classes("only_for")
        if fields.has("only_for"), classes.isEmpty {
            fields.log.error(
                fields.path("only_for"), "the list names no class",
                remedy: "Name a class, or leave `only_for` out to mean all")
        }
        let window = fields.node("window").map {
            Self.window($0, fields)
        }
        guard let name, let template, let trigger, let channel else { return nil }
        var step = MessageStep(
            name: name, channel: channel, template: template, trigger: trigger, onlyFor: classes)
        if let window { step.windowMinutes = window ?? step.windowMinutes }
        return step
    }

    // MARK: Triggers

    private static func trigger(
        _ node: Node, path: String, log: FindingLog
    ) -> MessageStep.Trigger? {
        guard let fields = Fields(node, path: path, known: Self.triggers, log: log) else {
            return nil
        }
        let known = fields.keys.filter(Self.triggers.contains)
        guard known.count == 1, let key = known.first, let value = fields.node(key) else {
            if known.count != fields.keys.count, known.isEmpty { return nil }
            log.error(
                path, "a trigger has exactly one condition, not \(known.count)",
                remedy: "Keep one of \(Self.triggers.map { "`\($0)`" }.joined(separator: ", "))")
            return nil
        }
        let own = fields.path(key)
        switch key {
        case "after_open": return fields.duration(value, path: own).map { .afterOpen(ms: $0) }
        case "after_declines":
            return fields.count(value, path: own, in: 1...1000).map { .afterDeclines(count: $0) }
        case "before_end":
            return fields.duration(value, path: own, in: Milliseconds.minute...DurationText.msMax)
                .map { .beforeEnd(ms: $0) }
        case "before_access": return Self.beforeAccess(value, path: own, log: log)
        default: return Self.happening(key, fields)
        }
    }

    /// `on_hard_decline: true`, `on_recovered: true`.
    private static func happening(_ key: String, _ fields: Fields) -> MessageStep.Trigger? {
        guard fields.flag(key, default: true) else {
            fields.log.error(
                fields.path(key), "`\(key): false` triggers nothing",
                remedy: "Write `\(key): true` or remove the message")
            return nil
        }
        return key == "on_recovered" ? .onRecovered : .onHardDecline
    }

    private static func beforeAccess(
        _ node: Node, path: String, log: FindingLog
    ) -> MessageStep.Trigger? {
        guard let fields = Fields(node, path: path, known: ["state", "lead"], log: log) else {
            return nil
        }
        let state = fields.required("state", example: "suspended").flatMap {
            AccessSection.state($0, path: fields.path("state"), fields)
        }
        let lead = fields.required("lead", example: "72h").flatMap {
            fields.duration(
                $0, path: fields.path("lead"), in: Milliseconds.minute...DurationText.msMax)
        }
        guard let state, let lead else { return nil }
        return .beforeAccess(state: state, ms: lead)
    }

    // MARK: Send windows

    /// `08:00-20:00` as minutes since midnight.
    private static func window(_ node: Node, _ fields: Fields) -> Range<Int64>? {
        let path = fields.path("window")
        guard let text = fields.scalar(node, path: path) else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.minutes)
        guard ends.count == 2, let from = ends[0], let until = ends[1] else {
            fields.log.error(
                path, at: node.position, "`\(shown(text))` is not a time of day from and until",
                remedy: "Write it as \"08:00-20:00\"")
            return nil
        }
        guard from < until else {
            fields.log.error(
                path, at: node.position, "the window `\(shown(text))` ends before it begins",
                remedy: "Give a later end; a window over midnight is not possible")
            return nil
        }
        return from..<until
    }

    private static func minutes(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int64(parts[0]), let minute = Int64(parts[1]), minute < 60
        else { return nil }
        let total = hour * 60 + minute
        return total <= 1440 ? total : nil
    }
}

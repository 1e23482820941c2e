import DunlinCore
import Yams

/// `messages:` of a policy.
struct MessageSection {
    private(set) var steps: [MessageStep] = []
    /// Of every message of the list, in its order; empty where it has none.
    private let names: [String]

    private static let known = [
        "name", "channel", "channels", "template", "trigger", "only_for", "window", "purpose",
    ]
    private static let triggers = [
        "after_open", "after_declines", "on_hard_decline", "before_access", "on_access",
        "before_end", "on_recovered", "before_attempt", "after_attempt", "unopened",
        "before_expiry", "before_charge", "debit_planned",
    ]
    private static let attemptMax: UInt32 = 64

    init(_ policy: Fields) {
        self.names = Self.names(policy)
        for item in policy.items("messages", max: DunningPolicy.messageStepsMax) ?? [] {
            let known = Self.known
            guard let fields = Fields(item.node, path: item.path, known: known, log: policy.log)
            else { continue }
            if let step = Self.step(fields, names: self.names) { self.steps.append(step) }
        }
    }

    /// A later message may be named before it was read.
    private static func names(_ policy: Fields) -> [String] {
        guard case .sequence(let items) = policy.node("messages") else { return [] }
        return items.map { $0.mapping?["name"]?.scalar?.string ?? "" }
    }

    private static func step(_ fields: Fields, names: [String]) -> MessageStep? {
        let name = fields.required("name", example: "first-notice").flatMap {
            fields.name($0, path: fields.path("name"))
        }
        let template = fields.required("template", example: "payment_failed").flatMap {
            fields.name($0, path: fields.path("template"))
        }
        let trigger = fields.required("trigger", example: "{after_open: 3d}").flatMap {
            Self.trigger($0, path: fields.path("trigger"), names: names, log: fields.log)
        }
        let channels = Self.channels(fields)
        let purpose =
            fields.node("purpose").map {
                fields.choice(
                    $0, path: fields.path("purpose"), of: MessagePurpose.allCases.map(\.name),
                    what: "purposes", read: MessagePurpose.init(name:))
            } ?? .transactional
        let classes = fields.classes("only_for")
        if fields.has("only_for"), classes.isEmpty {
            fields.log.error(
                fields.path("only_for"), "the list names no class",
                remedy: "Name a class, or leave `only_for` out to mean all")
        }
        let window = fields.node("window").map {
            fields.dayWindow($0, path: fields.path("window"))
        }
        guard let name, let template, let trigger, let channels, let purpose else { return nil }
        var step = MessageStep(
            name: name, channels: channels, template: template, trigger: trigger, onlyFor: classes,
            purpose: purpose)
        if let window { step.windowMinutes = window ?? step.windowMinutes }
        return step
    }

    /// `channel: sms` or, in the order of preference, `channels: [email, sms]`.
    private static func channels(_ fields: Fields) -> [Channel]? {
        if fields.has("channels") {
            if fields.has("channel") {
                fields.log.error(
                    fields.path("channel"), "`channel` and `channels` are both given",
                    remedy: "Keep `channels`, the preferred one first")
            }
            let channels = fields.channels("channels")
            return channels.isEmpty ? nil : channels
        }
        guard let node = fields.node("channel") else { return [.email] }
        return fields.channel(node, path: fields.path("channel")).map { [$0] }
    }

    // MARK: Triggers

    private static func trigger(
        _ node: Node, path: String, names: [String], log: FindingLog
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
        case "on_access":
            return AccessSection.state(value, path: own, fields).map { .onAccess(state: $0) }
        case "before_attempt": return Self.beforeAttempt(value, path: own, log: log)
        case "after_attempt": return Self.afterAttempt(value, path: own, log: log)
        case "unopened": return Self.unopened(value, path: own, names: names, log: log)
        case "before_expiry", "before_charge":
            return fields.duration(value, path: own, in: Milliseconds.hour...DurationText.msMax)
                .map { key == "before_expiry" ? .beforeExpiry(ms: $0) : .beforeCharge(ms: $0) }
        default: return Self.happening(key, fields)
        }
    }

    /// `on_hard_decline: true`, `on_recovered: true`, `debit_planned: true`.
    private static func happening(_ key: String, _ fields: Fields) -> MessageStep.Trigger? {
        guard fields.flag(key, default: true) else {
            fields.log.error(
                fields.path(key), "`\(key): false` triggers nothing",
                remedy: "Write `\(key): true` or remove the message")
            return nil
        }
        switch key {
        case "on_recovered": return .onRecovered
        case "debit_planned": return .debitPlanned
        default: return .onHardDecline
        }
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

    // MARK: Attempts and answers

    /// `{attempt: 3, lead: 24h}`; `attempt` may be `final` or `penultimate`.
    private static func beforeAttempt(
        _ node: Node, path: String, log: FindingLog
    ) -> MessageStep.Trigger? {
        guard let fields = Fields(node, path: path, known: ["attempt", "lead"], log: log) else {
            return nil
        }
        let choice = fields.required("attempt", example: "final").flatMap {
            node -> MessageStep.AttemptChoice? in
            switch node.scalar?.string {
            case "final": .final
            case "penultimate": .penultimate
            default:
                fields.count(node, path: fields.path("attempt"), in: 1...Self.attemptMax)
                    .map { .number($0) }
            }
        }
        let lead = fields.required("lead", example: "24h").flatMap {
            fields.duration($0, path: fields.path("lead"))
        }
        guard let choice, let lead else { return nil }
        return .beforeAttempt(choice, ms: lead)
    }

    /// `{attempt: 2, delay: 0s}`.
    private static func afterAttempt(
        _ node: Node, path: String, log: FindingLog
    ) -> MessageStep.Trigger? {
        guard let fields = Fields(node, path: path, known: ["attempt", "delay"], log: log) else {
            return nil
        }
        let number = fields.required("attempt", example: "2").flatMap {
            fields.count($0, path: fields.path("attempt"), in: 1...Self.attemptMax)
        }
        guard let number else { return nil }
        return .afterAttempt(number: number, ms: fields.duration("delay", default: 0))
    }

    /// `{message: first-notice, after: 48h}`.
    private static func unopened(
        _ node: Node, path: String, names: [String], log: FindingLog
    ) -> MessageStep.Trigger? {
        guard let fields = Fields(node, path: path, known: ["message", "after"], log: log) else {
            return nil
        }
        let name = fields.required("message", example: "first-notice").flatMap {
            fields.name($0, path: fields.path("message"))
        }
        let wait = fields.required("after", example: "48h").flatMap {
            fields.duration(
                $0, path: fields.path("after"), in: Milliseconds.hour...DurationText.msMax)
        }
        guard let name, let wait else { return nil }
        guard let number = names.firstIndex(of: name) else {
            log.error(
                fields.path("message"), "there is no message `\(shown(name))` in this policy",
                remedy: nearest(name, of: names.filter { !$0.isEmpty }, what: "messages"))
            return nil
        }
        return .unopened(step: UInt32(number), ms: wait)
    }
}

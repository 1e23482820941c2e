import DunlinCore
import Yams

/// `access:` of a policy.
struct AccessSection {
    private(set) var timeline = AccessTimeline()

    init(_ policy: Fields) {
        guard let node = policy.node("access"),
            let fields = Fields(
                node, path: policy.path("access"),
                known: ["steps", "notice_min", "unreachable_after"], log: policy.log)
        else { return }
        self.timeline.noticeMinMs = fields.duration(
            "notice_min", default: self.timeline.noticeMinMs)
        if let value = fields.node("unreachable_after"), value.scalar?.string != "never" {
            self.timeline.unreachableAfterMs = fields.duration(
                value, path: fields.path("unreachable_after"),
                in: Milliseconds.hour...DurationText.msMax)
        }
        for item in fields.items("steps", max: PolicyFile.accessStepsMax) ?? [] {
            guard
                let step = Fields(
                    item.node, path: item.path, known: ["state", "after"], log: policy.log)
            else { continue }
            let state = step.required("state", example: "suspended").flatMap {
                Self.state($0, path: step.path("state"), step)
            }
            let after = step.required("after", example: "21d").flatMap {
                step.duration($0, path: step.path("after"))
            }
            guard let state, let after else { continue }
            self.timeline.steps.append(AccessTimeline.Step(state: state, afterMs: after))
        }
    }

    /// An access state that takes something away.
    static func state(_ node: Node, path: String, _ fields: Fields) -> AccessState? {
        let reduced = AccessState.allCases.filter { $0 != .full }
        return fields.choice(
            node, path: path, of: reduced.map(\.name), what: "reduced access states"
        ) { name in reduced.first { $0.name == name } }
    }
}

/// `ending:` of a policy.
struct EndingSection {
    private(set) var ending = Ending(afterMs: nil)

    init(_ policy: Fields) {
        guard let node = policy.node("ending"),
            let fields = Fields(
                node, path: policy.path("ending"), known: ["after", "actions", "access"],
                log: policy.log)
        else { return }
        if let value = fields.node("after") {
            self.ending.afterMs = fields.duration(
                value, path: fields.path("after"), in: Milliseconds.hour...DurationText.msMax)
        }
        for item in fields.items("actions", max: PolicyFile.endActionsMax) ?? [] {
            let known = EndAction.allCases.map(\.name)
            if case .mapping = item.node {
                self.readDowngrade(item.node, path: item.path, policy.log)
                continue
            }
            guard
                let action = fields.choice(
                    item.node, path: item.path, of: known, what: "end actions",
                    read: EndAction.init(name:))
            else { continue }
            if action == .downgrade {
                policy.log.error(
                    item.path, "a downgrade needs the plan to change to",
                    remedy: "Write `{downgrade: PLAN}`")
            }
            self.ending.actions.append(action)
        }
        if let value = fields.node("access") {
            self.ending.access = AccessSection.state(value, path: fields.path("access"), fields)
        }
    }

    private mutating func readDowngrade(_ node: Node, path: String, _ log: FindingLog) {
        guard let fields = Fields(node, path: path, known: ["downgrade"], log: log),
            let value = fields.required("downgrade", example: "basic"),
            let plan = fields.text("downgrade", of: value)
        else { return }
        guard plan.utf8.count <= 255, self.ending.downgradePlan.isEmpty else {
            log.error(
                path, "a policy downgrades once, to a plan of at most 255 bytes",
                remedy: "Keep one `{downgrade: PLAN}`")
            return
        }
        self.ending.actions.append(.downgrade)
        self.ending.downgradePlan = plan
    }
}

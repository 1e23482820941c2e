import DunlinCore
import Yams

/// A policy file, read: what it defines and where each field stands.
///
/// The format, whole. Times are whole numbers with `d`, `h`, `m`, `s`; values that name something
/// are spelled as in the core (`softFunds`, `cancelSubscription`); everything with a default may
/// be left out, `trigger`, `template`, `name`, `state` and `after` of lists may not.
///
///     dunlin: policy/1                 # the format; required
///     default: standard                # the policy of tenants that name none
///     policies:
///       standard:
///         retries:
///           mode: ladder               # or `window`
///           ladder: [1d, 3d, 5d]       # from the first failure; mode ladder
///           ladders:                   # other ladders by class of the latest decline
///             softVelocity: [1d, 2d]
///           tries: 8                   # mode window: so many tries …
///           within: 24d                # … spread over this long
///           intervals:                 # other ladders by billing interval
///             weekly: {ladder: [1d, 3d], ladders: {softVelocity: [12h]}}
///           at: "06:10"                # local time of rungs of a day and more
///           days: weekdays             # or `all`, the default
///           renewal_gap: 24h           # none so soon before the next renewal, where it is known
///           backup: on                 # agreed backups are charged, or `off`
///           window: 28d                # no attempt is made later than this
///           gap_min: 24h               # attempts are at least this far apart
///           jitter: 0s                 # each attempt is moved later by up to this
///           on_method_change: true     # a new card is tried at once
///           technical: {first_delay: 5m, tries_max: 8}
///           notice_days: {sepa: 5}     # fewer than the scheme's 14, as agreed with customers
///         messages:
///           - name: first-notice
///             channels: [email, sms]   # the next where one cannot be used; or `channel: email`
///             template: payment_failed
///             trigger: {after_open: 0s}
///               # or {after_declines: 3}, {on_hard_decline: true}, {on_recovered: true},
///               # {before_access: {state: suspended, lead: 72h}}, {before_end: 24h},
///               # {on_access: limited}, {after_attempt: {attempt: 2, delay: 0s}},
///               # {before_attempt: {attempt: final, lead: 24h}} (or penultimate, or a number),
///               # {unopened: {message: first-notice, after: 48h}}; without a case:
///               # {before_expiry: 30d} of the card, {before_charge: 14d} of an announced charge
///             purpose: transactional   # or marketing: only with consent
///             only_for: [softFunds]    # classes of the latest decline; left out: all
///             window: "08:00-20:00"    # the customer's local time
///         sending:
///           caps: [{touches: 1, within: 24h}, {touches: 3, within: 7d}]   # over all cases
///           one_sequence: true         # reminders for the oldest open case only
///           silent_tries: 2            # no message before so many attempts failed
///           windows: {email: "08:00-18:00", sms: "09:00-20:00"}
///         access:
///           notice_min: 72h            # nobody loses anything sooner after the first notice
///           unreachable_after: 14d     # or `never`, the default
///           steps:
///             - {state: warned, after: 0s}
///         ending:
///           after: 28d                 # left out: as soon as no attempt is left
///           actions: [cancelSubscription]
///           access: terminated
///         cases: per_currency          # or `per_invoice`, the default
///         customer: {snooze_max: 14d, promise_max: 14d, instalments_max: 1}
///         intake:
///           backlog:                   # failures that are older than this when they come in
///             older_than: 30d
///             mode: messages_only      # or `full`, or `skip`
///             spread: 7d               # they begin within these days, evenly
///     segments:                        # the first that matches names the policy
///       - {name: pro, when: 'plan == "pro" && mrr_minor >= 5000', policy: pro}
///     experiments:
///       - name: early-retries
///         compares: retries            # or messages
///         ramp: 50                     # percent of the units
///         arms: [{name: control}, {name: early, policy: early, weight: 1}]
///     holdout: {percent: 3, policy: standard}
struct PolicyFile {
    /// One policy of the file.
    struct Entry {
        var policy: DunningPolicy
        /// `policies.standard`.
        var path: String
        /// Fields that the file gives rather than leaves to defaults, by path below the policy's.
        var given: Set<String>
    }

    static let format = "policy/1"
    static let policiesMax = 256
    static let rungsMax = 64
    static let triesMax: UInt32 = 64
    static let endActionsMax = 8
    static let accessStepsMax = 8
    static let segmentsMax = 64
    static let experimentsMax = 16

    var entries: [Entry] = []
    /// `nil` when the file names no default.
    var defaultPolicy: String?
    var targeting = TargetingSection()
    var log: FindingLog

    /// Reads a file as far as it can be read; what could not be is in the log, and a policy with
    /// an error of form is left out.
    init(text: String, file: String) {
        self.log = FindingLog(file: file)
        guard let document = YAMLDocument(text, log: self.log),
            let top = Fields(
                document.root, path: "",
                known: ["dunlin", "default", "policies", "segments", "experiments", "holdout"],
                log: self.log),
            hasFormat(Self.format, top)
        else { return }
        if let node = top.node("default") {
            self.defaultPolicy = top.name(node, path: "default")
        }
        self.targeting = TargetingSection(top)
        guard let node = top.required("policies", example: "{standard: {…}}"),
            let policies = Fields(node, path: "policies", log: self.log)
        else { return }
        guard (1...Self.policiesMax).contains(policies.keys.count) else {
            self.log.error(
                "policies", "the file has \(policies.keys.count) policies",
                remedy: "Give 1 to \(Self.policiesMax)")
            return
        }
        for name in policies.keys {
            let path = policies.path(name)
            guard isName(name) else {
                self.log.error(
                    path, "`\(shown(name))` is not a name",
                    remedy:
                        "Use at most \(DunningPolicy.nameBytesMax) characters of a-z, 0-9, - and _")
                continue
            }
            guard let value = policies.node(name) else { continue }
            self.read(value, name: name, path: path)
        }
    }

    private mutating func read(_ node: Node, name: String, path: String) {
        let before = self.log.findings.count
        guard
            let fields = Fields(
                node, path: path,
                known: [
                    "retries", "messages", "sending", "access", "ending", "cases", "customer",
                    "costs", "intake",
                ],
                log: self.log),
            let retriesNode = fields.required("retries", example: "{ladder: [1d, 3d, 5d]}"),
            let retries = RetrySection(retriesNode, path: fields.path("retries"), log: self.log)
        else { return }
        let messages = MessageSection(fields)
        let sending = SendingSection(fields)
        let access = AccessSection(fields)
        let ending = EndingSection(fields)
        let cases = CaseSection(fields)
        let costs = CostSection(fields)
        guard self.log.findings.count == before else { return }
        var policy = DunningPolicy(
            name: name, retries: retries.rules, messages: messages.steps, sending: sending.rules,
            access: access.timeline, ending: ending.ending, bundling: cases.bundling,
            wishes: cases.wishes, backlog: cases.backlog)
        policy.costs = costs.costs
        self.entries.append(Entry(policy: policy, path: path, given: retries.given))
    }
}

/// The first line of every file of ours says what it is.
func hasFormat(_ format: String, _ top: Fields) -> Bool {
    guard let node = top.required("dunlin", example: format),
        let text = top.text("dunlin", of: node)
    else { return false }
    guard text == format else {
        top.log.error(
            "dunlin", "`\(shown(text))` is not a format that is read here",
            remedy: "Write `dunlin: \(format)`")
        return false
    }
    return true
}

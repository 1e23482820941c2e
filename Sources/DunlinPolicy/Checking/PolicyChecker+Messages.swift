import DunlinCore

extension PolicyChecker {
    // MARK: Messages

    func checkMessages() {
        for (number, step) in self.policy.messages.enumerated() {
            let path = self.path("messages[\(number)]")
            let earlier = self.policy.messages[..<number]
            if earlier.contains(where: { $0.name == step.name }) {
                self.log.error(
                    "\(path).name", "the name `\(step.name)` is taken by an earlier message",
                    remedy: "Give each message of a policy its own name")
            } else if earlier.contains(where: { $0.isRepeated(by: step) }) {
                self.log.warning(
                    path, "an earlier message has the same trigger, template and classes",
                    remedy: "Remove one of them, or the customer gets both at once")
            }
            if let templates, !templates.contains(step.template) {
                self.log.error(
                    "\(path).template", "there is no template `\(step.template)`",
                    remedy: nearest(step.template, of: templates.sorted(), what: "templates"))
            }
            self.checkReach(step.trigger, path: "\(path).trigger")
            self.checkDebitNotice(step, number: number, path: path)
            self.checkChannels(step, number: number, path: path)
        }
    }

    /// One message announces debits, to the customer, whatever was refused last.
    private func checkDebitNotice(_ step: MessageStep, number: Int, path: String) {
        guard step.trigger == .debitPlanned else { return }
        if self.policy.messages.firstIndex(where: { $0.trigger == .debitPlanned }) != number {
            self.log.error(
                "\(path).trigger.debit_planned", "another message announces debits already",
                remedy: "Keep one of them; it may have several channels")
        }
        if !step.channels.contains(where: \.tellsCustomer) {
            self.log.error(
                "\(path).channels", "nobody who is debited is told on these channels",
                remedy: "Name a channel that reaches the customer, `email` for instance")
        }
        if !step.onlyFor.isEmpty {
            self.log.error(
                "\(path).only_for", "a debit is announced whatever was refused last",
                remedy: "Remove `only_for`")
        }
    }

    /// A message that can never fall due was not meant so.
    private func checkReach(_ trigger: MessageStep.Trigger, path: String) {
        let end = self.policy.ending.afterMs
        switch trigger {
        case .afterOpen(let ms):
            guard let end, ms >= end else { return }
            self.log.error(
                "\(path).after_open",
                "\(self.text(ms)) after opening the case has ended, after \(self.text(end))",
                remedy: "Send it earlier or end the case later")
        case .afterDeclines(let count):
            let most = self.attemptsMost + 1
            guard count > most else { return }
            self.log.error(
                "\(path).after_declines",
                "\(count) declines are never reached: the policy makes \(self.attemptsMost) "
                    + "attempts after the first failure",
                remedy: "Give \(most) or less")
        case .beforeAccess(let state, let lead):
            self.checkReach(before: state, lead: lead, path: "\(path).before_access")
        case .beforeEnd(let lead):
            guard let end else {
                self.log.error(
                    "\(path).before_end", "the end has no time of its own to count back from",
                    remedy: "Give `ending.after`, or use `after_open`")
                return
            }
            guard lead > end else { return }
            self.log.error(
                "\(path).before_end",
                "\(self.text(lead)) before the end lies before the case is opened",
                remedy: "Give \(self.text(end)) or less")
        case .onAccess(let state):
            guard !self.policy.access.steps.contains(where: { $0.state == state }) else { return }
            self.log.error(
                "\(path).on_access", "the access timeline has no step to `\(state.name)`",
                remedy: "Add the step to `access.steps`, or name a state that is there")
        case .beforeAttempt(.number(let number), _):
            self.checkReach(attempt: number, path: "\(path).before_attempt.attempt")
        case .beforeAttempt(.penultimate, _):
            self.checkReach(attempt: 2, path: "\(path).before_attempt.attempt")
        case .beforeAttempt(.final, _):
            self.checkReach(attempt: 1, path: "\(path).before_attempt.attempt")
        case .afterAttempt(let number, _):
            self.checkReach(attempt: number, path: "\(path).after_attempt.attempt")
        case .debitPlanned:
            guard !self.policy.retries.announcesDebits else { return }
            self.log.error(
                "\(path).debit_planned", "the merchant announces debits, by `retries.notice_by`",
                remedy: "Remove the message, or write `notice_by: dunlin`")
        case .onHardDecline, .onRecovered, .unopened, .beforeExpiry, .beforeCharge: return
        }
    }

    private func checkReach(attempt number: UInt32, path: String) {
        guard number > self.attemptsMost else { return }
        self.log.error(
            path,
            "there is no attempt \(number): the policy makes \(self.attemptsMost)",
            remedy: self.attemptsMost == 0
                ? "Plan attempts, or use another trigger" : "Give \(self.attemptsMost) or less")
    }

    private func checkReach(before state: AccessState, lead: Int64, path: String) {
        guard let step = self.policy.access.steps.first(where: { $0.state == state }) else {
            self.log.error(
                "\(path).state", "the access timeline has no step to `\(state.name)`",
                remedy: "Add the step to `access.steps`, or name a state that is there")
            return
        }
        guard lead > step.afterMs else { return }
        self.log.error(
            "\(path).lead",
            "\(self.text(lead)) before `\(state.name)`, which comes after "
                + "\(self.text(step.afterMs)), lies before the case is opened",
            remedy: "Give \(self.text(step.afterMs)) or less")
    }

    var attemptsMost: UInt32 {
        let retries = self.policy.retries
        switch retries.mode {
        case .ladder:
            let longest = ([retries.defaultLadder] + retries.ladders.values)
                .map(\.offsetsMs.count).max()
            return UInt32(clamping: longest ?? 0)
        case .window(let tries, _): return tries
        }
    }

    // MARK: Notice

    /// Something that is taken away, and when.
    private struct Loss {
        var path: String
        var name: String
        var atMs: Int64
    }

    /// Law 7: a message to everybody falls due at least the notice before the first loss, and so
    /// before all of them.
    func checkNotice() {
        guard let loss = self.losses.min(by: { $0.atMs < $1.atMs }) else { return }
        let noticeMs = self.policy.access.noticeMinMs
        guard noticeMs > 0 else {
            self.log.error(
                self.path("access.notice_min"), "no notice is asked for before access is lost",
                remedy: "Give a notice such as 72h")
            return
        }
        let inTime = self.policy.messages.filter { self.isInTime($0, for: loss) }
        guard !inTime.contains(where: { $0.onlyFor.isEmpty }) else { return }
        let when =
            loss.atMs == 0
            ? "may come as soon as the case is opened" : "comes after \(self.text(loss.atMs))"
        self.log.error(
            loss.path,
            "\(loss.name) \(when), without a message to everybody at least "
                + "\(self.text(noticeMs)) before"
                + (inTime.isEmpty ? "" : "; those in time are limited by `only_for`"),
            remedy: loss.atMs < noticeMs
                ? "Let it come after \(self.text(noticeMs)) or later, and send a message "
                    + "`after_open: 0s`"
                : "Add a message without `only_for` that falls due "
                    + "\(self.text(loss.atMs - noticeMs)) after opening or sooner")
    }

    private var losses: [Loss] {
        var losses = self.policy.access.steps.enumerated().compactMap { number, step -> Loss? in
            guard step.state.isLoss else { return nil }
            return Loss(
                path: self.path("access.steps[\(number)].after"), name: "`\(step.state.name)`",
                atMs: step.afterMs)
        }
        let ending = self.policy.ending
        let takes = ending.actions.first { $0 == .cancelSubscription || $0 == .pauseCollection }
        let leaves = ending.access.flatMap { $0.isLoss ? $0 : nil }
        guard let name = takes?.name ?? leaves?.name else { return losses }
        // Without a time of its own the end may come as soon as the case is opened.
        let path = self.path(ending.afterMs == nil ? "ending" : "ending.after")
        losses.append(Loss(path: path, name: "`\(name)` at the end", atMs: ending.afterMs ?? 0))
        return losses
    }

    private func isInTime(_ step: MessageStep, for loss: Loss) -> Bool {
        guard step.purpose == .transactional, step.channels.contains(where: \.tellsCustomer),
            let at = self.surelyAtMs(step.trigger)
        else { return false }
        return at < loss.atMs && at <= loss.atMs - self.policy.access.noticeMinMs
    }

    /// When a message falls due in every case, from the opening; `nil` when it depends.
    private func surelyAtMs(_ trigger: MessageStep.Trigger) -> Int64? {
        switch trigger {
        case .afterOpen(let ms): return ms
        case .afterDeclines(let count): return count == 1 ? 0 : nil
        case .beforeAccess(let state, let lead):
            let step = self.policy.access.steps.first { $0.state == state }
            return step.map { $0.afterMs - lead }
        case .beforeEnd(let lead): return self.policy.ending.afterMs.map { $0 - lead }
        case .onAccess(let state):
            return self.policy.access.steps.first { $0.state == state && !$0.state.isLoss }?.afterMs
        case .onHardDecline, .onRecovered, .beforeAttempt, .afterAttempt, .unopened, .beforeExpiry,
            .beforeCharge, .debitPlanned:
            return nil
        }
    }
}

extension MessageStep {
    /// The other one would go to the same people at the same time with the same text.
    fileprivate func isRepeated(by other: MessageStep) -> Bool {
        self.trigger == other.trigger && self.template == other.template
            && self.channels == other.channels && self.onlyFor == other.onlyFor
    }
}

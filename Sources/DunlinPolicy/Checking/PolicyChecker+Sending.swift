import DunlinCore

extension PolicyChecker {
    // MARK: Channels

    func checkChannels(_ step: MessageStep, number: Int, path: String) {
        if case .unopened(let earlier, let wait) = step.trigger {
            self.checkEscalation(
                step, number: number, earlier: Int(earlier), wait: wait, path: path)
        }
        if step.isAhead, !step.onlyFor.isEmpty {
            self.log.error(
                "\(path).only_for", "nothing was declined yet when this message is sent",
                remedy: "Remove `only_for`")
        }
        for (place, channel) in step.channels.enumerated() {
            guard let window = self.policy.sending.windows[channel],
                window.clamped(to: step.windowMinutes).isEmpty
            else { continue }
            self.log.error(
                step.channels.count == 1 ? "\(path).window" : "\(path).channels[\(place)]",
                "the message's window and that of `sending.windows.\(channel.name)` share no hour",
                remedy: "Let the two overlap")
        }
        if step.purpose == .marketing, step.isNotice {
            self.log.error(
                "\(path).purpose", "a notice of a loss must not wait for a consent to offers",
                remedy: "Remove `purpose: marketing`, and offers from its text")
        }
    }

    /// What follows an unopened message must differ from it and come later.
    private func checkEscalation(
        _ step: MessageStep, number: Int, earlier: Int, wait: Int64, path: String
    ) {
        let field = "\(path).trigger.unopened.message"
        guard earlier != number else {
            self.log.error(
                field, "the message escalates to itself",
                remedy: "Name the message that it follows when that was not opened")
            return
        }
        guard self.policy.messages.indices.contains(earlier) else { return }
        let before = self.policy.messages[earlier]
        if case .unopened(let first, _) = before.trigger, Int(first) == number {
            self.log.error(
                field, "the two messages wait for each other, so neither is ever sent",
                remedy: "Let the first of them have a trigger of its own")
        } else if before.isAhead {
            self.log.error(
                field, "`\(before.name)` is sent without a case, so nothing follows it",
                remedy: "Name a message about a failed payment")
        } else if before.channels == step.channels {
            self.log.warning(
                "\(path).trigger", "it follows `\(before.name)` on the same channels",
                remedy: "Give `channels` that differ, such as `[sms, voice]`")
        } else if !before.channels.contains(where: { $0 == .email || $0 == .push || $0 == .inApp })
        {
            self.log.warning(
                field, "nobody tells whether `\(before.name)` was opened on its channels",
                remedy: "Follow an e-mail, a push or an in-app message")
        }
    }

    // MARK: Caps

    func checkSending() {
        let sending = self.policy.sending
        for (number, cap) in sending.caps.enumerated() {
            let path = self.path("sending.caps[\(number)]")
            let tighter = sending.caps.enumerated().contains { other, tight in
                other != number && tight.withinMs >= cap.withinMs
                    && tight.touchesMax <= cap.touchesMax
                    && (tight != cap || other < number)
            }
            if tighter {
                self.log.warning(
                    path, "another cap allows no more in no less time, so this one never matters",
                    remedy: "Remove it")
            }
        }
        if sending.silentTries > 0, sending.silentTries >= self.attemptsMost, self.attemptsMost > 0
        {
            self.log.warning(
                self.path("sending.silent_tries"),
                "the policy makes \(self.attemptsMost) attempts, so nothing is said before the "
                    + "last has failed",
                remedy: "Give less than \(self.attemptsMost), unless that is meant")
        }
        for channel in Channel.allCases {
            guard sending.windows[channel] != nil,
                !self.policy.messages.contains(where: { $0.channels.contains(channel) })
            else { continue }
            self.log.warning(
                self.path("sending.windows.\(channel.name)"),
                "no message goes by \(channel.name)",
                remedy: "Remove the window, or add the channel to a message")
        }
    }
}
